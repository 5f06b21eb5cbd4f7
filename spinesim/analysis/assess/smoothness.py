"""How fast and how smoothly a trunk moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from spinesim.analysis.assess.bends import Bend
from spinesim.analysis.recording import TrunkMotion
from spinesim.analysis.recording.record import Array

HIGHEST_HZ: Final = 10.0
LEAST_AMPLITUDE: Final = 0.05
PADDING: Final = 4  # powers of two


@dataclass(frozen=True, slots=True)
class Smoothness:
    """Of one bend.

    Attributes
    ----------
    seconds
        From upright to upright.
    peak_rate_deg_s
        Largest rate of trunk inclination going down, and of its fall going up.
    spectral_arc_length
        Of the size of the rate: near -1.6 for one smooth stroke, more negative the less smooth; a bend is two strokes.
    peaks
        Local maxima of that size above a tenth of the largest: 2 for a smooth bend.
    """

    seconds: float
    peak_rate_deg_s: tuple[float, float]
    spectral_arc_length: float
    peaks: int


def smoothness(motion: TrunkMotion, bend: Bend) -> Smoothness:
    """Rates, spectral arc length and number of peaks of a bend."""
    from scipy.signal import find_peaks

    rate = motion.rates()[0].sum(axis=1)[bend.start : bend.stop + 1]
    speed = np.abs(rate)
    tops, _ = find_peaks(speed, height=0.1 * speed.max(), prominence=0.1 * speed.max())
    return Smoothness(
        seconds=float(motion.time_s[bend.stop] - motion.time_s[bend.start]),
        peak_rate_deg_s=(float(max(rate.max(), 0.0)), float(max(-rate.min(), 0.0))),
        spectral_arc_length=spectral_arc_length(speed, motion.rate_Hz),
        peaks=len(tops),
    )


def spectral_arc_length(speed: Array, rate_Hz: float) -> float:
    """Minus the length of the normalised amplitude spectrum up to the last frequency with 5 % of it, at most 10 Hz.

    Balasubramanian S, Melendez-Calderon A, Roby-Brami A, Burdet E (2015) J NeuroEng Rehabil 12:112.
    """
    count = 2 ** (int(np.ceil(np.log2(len(speed)))) + PADDING)
    amplitude = np.abs(np.fft.rfft(speed, count))
    frequency = np.fft.rfftfreq(count, 1.0 / rate_Hz)
    amplitude, frequency = amplitude[frequency <= HIGHEST_HZ] / amplitude.max(), frequency[frequency <= HIGHEST_HZ]
    last = int(np.flatnonzero(amplitude >= LEAST_AMPLITUDE)[-1])
    along = np.diff(frequency[: last + 1]) / frequency[last]
    return -float(np.sqrt(along**2 + np.diff(amplitude[: last + 1]) ** 2).sum())
