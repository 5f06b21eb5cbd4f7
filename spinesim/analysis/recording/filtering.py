"""From recorded samples to smooth values at even times, with derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ORDER = 2  # of one pass; forwards and backwards make a fourth-order filter without delay
LONGEST_GAP_S = 0.2
LOWEST_HZ, HIGHEST_HZ, TRIED = 0.5, 15.0, 50  # of residual analysis


def even_times(time_s: Array, rate_Hz: float) -> Array:
    """Times from the first to the last sample at most, ``1 / rate_Hz`` apart."""
    count = int(np.floor((time_s[-1] - time_s[0]) * rate_Hz + 1e-9)) + 1
    return np.asarray(time_s[0] + np.arange(count) / rate_Hz)


def resample(time_s: Array, values: Array, times: Array) -> Array:
    """Values (n, ...) at other times by cubic splines through the samples that are known.

    Raises
    ------
    ValueError
        If fewer than four samples of a column are known.
    """
    from scipy.interpolate import CubicSpline

    flat = values.reshape(len(values), -1)
    out = np.empty((len(times), flat.shape[1]))
    for column, samples in enumerate(flat.T):
        known = np.isfinite(samples)
        if np.count_nonzero(known) < 4:
            raise ValueError(f"{np.count_nonzero(known)} samples are known; expected 4 or more")
        # Held at its ends: a spline that runs on beyond what was measured says anything.
        within = np.clip(times, time_s[known][0], time_s[known][-1])
        out[:, column] = CubicSpline(time_s[known], samples[known])(within)
    return out.reshape(len(times), *values.shape[1:])


def low_pass(values: Array, rate_Hz: float, cutoff_Hz: float) -> Array:
    """Zero-phase Butterworth filter along the first axis, fourth order in all.

    Two passes lower the cutoff; each is designed for ``cutoff / (sqrt(2) - 1)^(1/4)``, so that what comes out is 3 dB down at
    ``cutoff_Hz`` (Winter DA (2009) Biomechanics and motor control of human movement, 4th ed., section 3.4.4).

    Raises
    ------
    ValueError
        If the cutoff is not below half of the sampling rate (after that correction), or there are too few samples.
    """
    from scipy.signal import butter, sosfiltfilt

    design = cutoff_Hz / (np.sqrt(2.0) - 1.0) ** 0.25
    if not 0.0 < design < 0.5 * rate_Hz:
        most = 0.5 * rate_Hz * (np.sqrt(2.0) - 1.0) ** 0.25
        raise ValueError(f"cutoff_Hz = {cutoff_Hz:g} is outside 0 to {most:.3g}, what a rate of {rate_Hz:.4g} Hz carries")
    sections: Any = butter(ORDER, design, fs=rate_Hz, output="sos")
    pad = min(3 * int(np.ceil(rate_Hz / cutoff_Hz)), len(values) - 1)
    return np.asarray(sosfiltfilt(sections, values, axis=0, padlen=pad))


def residual_cutoff(values: Array, rate_Hz: float) -> float:
    """The cutoff at which filtering takes out as much as the noise is: residual analysis, over all columns of values (n, k) together.

    The root mean square of what a filter takes out, over its cutoff, ends in a straight line where noise alone is taken out; what that
    line says at 0 Hz is the noise, and the cutoff that takes out as much is chosen (Winter 2009, section 3.4.4.3). Cutoffs are tried
    from 0.5 Hz to a quarter of the rate, at most 15 Hz, each a little larger than the one before; the line is laid through the upper half.

    Raises
    ------
    ValueError
        If the rate is below 10 Hz: nothing but motion is left to look at.
    """
    highest = min(0.25 * rate_Hz, HIGHEST_HZ)
    if highest < 2.5:
        raise ValueError(f"a rate of {rate_Hz:.4g} Hz is too low for residual analysis; give a cutoff")
    tried = np.geomspace(LOWEST_HZ, highest, TRIED)
    residual = _taken_out(values, rate_Hz, tried)
    upper = tried >= 0.5 * highest
    noise = float(np.polyfit(tried[upper], residual[upper], 1)[1])
    below = np.flatnonzero(residual <= noise)
    return float(tried[below[0]] if len(below) else tried[-1])


def _taken_out(values: Array, rate_Hz: float, cutoffs_Hz: Array) -> Array:
    """Root mean square of what :func:`low_pass` takes out at each cutoff, from the spectrum.

    Both passes together have the gain 1 / (1 + r^4), r = tan(pi f / rate) / tan(pi cutoff / rate) with the corrected cutoff. The line
    from the first to the last value is left out, for no filter touches it and a spectrum would take it for a jump.
    """
    count = len(values)
    line = np.linspace(0.0, 1.0, count)[:, None]
    level = values - (values[:1] + line * (values[-1:] - values[:1]))
    power = np.square(np.abs(np.fft.rfft(level, axis=0))).sum(axis=1)
    power[1 : (count + 1) // 2] *= 2.0  # frequencies that stand for their mirror image, too
    frequency = np.fft.rfftfreq(count, 1.0 / rate_Hz)
    warped = np.tan(np.pi * np.minimum(frequency, 0.4999 * rate_Hz) / rate_Hz)
    edges = np.tan(np.pi * cutoffs_Hz / (np.sqrt(2.0) - 1.0) ** 0.25 / rate_Hz)
    left = 1.0 - 1.0 / (1.0 + (warped / edges[:, None]) ** (2 * ORDER))
    return np.asarray(np.sqrt((left**2 @ power) / (count**2 * values.shape[1])))


def derivative(values: Array, rate_Hz: float) -> Array:
    """First derivative in time along the first axis by central differences, one-sided of second order at the ends."""
    return np.asarray(np.gradient(values, 1.0 / rate_Hz, axis=0, edge_order=2))
