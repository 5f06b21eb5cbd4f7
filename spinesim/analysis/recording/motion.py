"""What a recording says of the trunk: angles over time, smooth, with rates and accelerations, as postures to be solved."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from spinesim.analysis.recording import coordinates
from spinesim.analysis.recording.angles import about, lumbar_angles, pelvis_angles
from spinesim.analysis.recording.arms import arms
from spinesim.analysis.recording.faults import Fault, check
from spinesim.analysis.recording.filtering import derivative, even_times, low_pass, resample, residual_cutoff
from spinesim.analysis.recording.markers import Fit, facing, fit
from spinesim.analysis.recording.record import Array, Recording
from spinesim.analysis.recording.usable import needed, usable
from spinesim.model.posture import Posture
from spinesim.model.tables import Tables

Source = Literal["angles", "markers", "orientations"]
REFERENCE_S: Final = (0.0, 0.5)
STILL_DEG: Final = 3.0
UPRIGHT_DEG: Final = 5.0
LEAST_TURN_DEG: Final = 10.0  # of a thorax whose facing is told by its own motion
# From the markers of a pelvis, or the origin of a model's, to the middle of the hips, m in the pelvis's axes: to a centimetre or two,
# which changes an acceleration by as much as the pelvis tilts.
FROM_MARKERS: Final = np.array([0.0, -0.10, 0.0])
FROM_ORIGIN: Final = np.array([-0.056, -0.078, 0.0])
PELVIS: Final = ("pelvic_tilt_deg", "pelvic_lateral_deg", "pelvic_rotation_deg")
LUMBAR: Final = ("flexion_deg", "lateral_deg", "rotation_deg")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkMotion:
    """Angles of pelvis and lumbar spine at even times, from relaxed standing as zero.

    Attributes
    ----------
    origin, source
        Name of the file, and what of it was used.
    began_s
        Time of the recording's first frame, used or not.
    time_s
        Of the frames (n,), as in the recording.
    pelvis_deg
        Tilt forward, drop to the right, turn to the left (n, 3).
    lumbar_deg
        Flexion, bending to the right, rotation to the left (n, 3).
    limbs_deg
        Arms and legs as far as they are known: ``upper_arm_deg``, ``forearm_deg``, ``arm_abduction_deg`` (n, 2), ``hip_flexion_deg``,
        ``knee_flexion_deg`` (n,).
    hips_m
        Middle of the hips (n, 3): forward, up, to the right of where the person faces; ``None`` where it is not known.
    fits
        Least-squares fits of the segments, from markers.
    faults, notes
        What was found wrong and what was done, for the reader.
    doubts
        What speaks against the zero of the angles.
    rate_Hz, cutoff_Hz
        Of the samples, and of the filter.
    """

    origin: str
    source: Source
    began_s: float
    time_s: Array
    pelvis_deg: Array
    lumbar_deg: Array
    limbs_deg: Mapping[str, Array]
    hips_m: Array | None
    fits: Mapping[str, Fit]
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]
    doubts: tuple[str, ...]
    rate_Hz: float
    cutoff_Hz: float

    def __len__(self) -> int:
        """Number of frames."""
        return len(self.time_s)

    @property
    def clock_s(self) -> Array:
        """Times of the frames (n,) from the recording's first frame: those that a reader reads off and tells."""
        return np.asarray(self.time_s - self.began_s)

    @property
    def inclination_deg(self) -> Array:
        """Forward inclination of the thorax (n,): pelvic tilt and lumbar flexion."""
        return np.asarray(self.pelvis_deg[:, 0] + self.lumbar_deg[:, 0])

    def rates(self) -> tuple[Array, Array]:
        """First and second derivative (n, 2) of pelvic tilt and lumbar flexion, deg/s and deg/s2."""
        both = np.stack([self.pelvis_deg[:, 0], self.lumbar_deg[:, 0]], axis=1)
        rate = derivative(both, self.rate_Hz)
        return rate, derivative(rate, self.rate_Hz)

    def postures(self) -> list[Posture]:
        """One posture a frame, with its rates and accelerations; limbs that are not known hang as in standing.

        Hips that are not known are taken to move evenly.
        """
        rate, acceleration = self.rates()
        hips = np.zeros((len(self), 3)) if self.hips_m is None else derivative(derivative(self.hips_m, self.rate_Hz), self.rate_Hz)
        moving = {
            "hip_advance_acceleration_m_s2": hips[:, 0],
            "hip_rise_acceleration_m_s2": hips[:, 1],
            "pelvic_rate_deg_s": rate[:, 0],
            "flexion_rate_deg_s": rate[:, 1],
            "pelvic_acceleration_deg_s2": acceleration[:, 0],
            "flexion_acceleration_deg_s2": acceleration[:, 1],
        }
        columns = {**dict(zip(PELVIS, self.pelvis_deg.T, strict=True)), **dict(zip(LUMBAR, self.lumbar_deg.T, strict=True)), **moving}
        single = {**columns, **{name: values for name, values in self.limbs_deg.items() if values.ndim == 1}}
        paired = {name: values for name, values in self.limbs_deg.items() if values.ndim == 2}
        return [_posture(single, paired, frame) for frame in range(len(self))]


def _posture(single: Mapping[str, Array], paired: Mapping[str, Array], frame: int) -> Posture:
    given: dict[str, Any] = {name: float(values[frame]) for name, values in single.items()}
    given |= {name: tuple(values[frame].tolist()) for name, values in paired.items()}
    return Posture(**given)


def trunk_motion(
    recording: Recording,
    tables: Tables,
    *,
    rate_Hz: float | None = None,
    cutoff_Hz: float | None = None,
    reference_s: tuple[float, float] | None = None,
) -> TrunkMotion:
    """Angles of pelvis and lumbar spine from a recording.

    Parameters
    ----------
    recording
        Joint angles, or markers, or orientations of ``pelvis`` and ``thorax``; the first of these that it has is used.
    tables
        Of the model, for the rhythm of the six joints.
    rate_Hz
        Of the frames that come out; by default the recording's own.
    cutoff_Hz
        Of the zero-phase Butterworth filter (fourth order); by residual analysis of the recording without it.
    reference_s
        From when to when the person stands relaxed, which is zero of all angles: by default the first half second of markers and
        orientations; joint angles have a zero of their own, and are taken as they are unless it is given.

    Raises
    ------
    ValueError
        If the recording has a fault that makes it unusable (all of them are named), or not what a trunk needs.
    """
    began, whole = float(recording.time_s[0]), recording
    recording, left_out = usable(needed(recording))
    faults = [*left_out, *check(recording)]
    if errors := [str(fault) for fault in faults if fault.error]:
        raise ValueError("\n".join(f"{recording.origin}: {text}" for text in errors))
    rate = recording.rate_Hz if rate_Hz is None else rate_Hz
    times = even_times(recording.time_s, rate)
    source = _source(recording)
    limbs: dict[str, Array] = {}
    held: dict[str, Array] = {}
    fits: dict[str, Fit] = {}
    notes, hips, zero = [*recording.notes], None, None
    cutoff_Hz = _cutoff(recording) if cutoff_Hz is None else cutoff_Hz
    smooth = _Smooth(recording, times, cutoff_Hz)
    if source == "angles":
        angles = {name: smooth(values) for name, values in recording.angles_deg.items()}
        pelvis, lumbar = coordinates.trunk(angles)
        limbs = coordinates.limbs(angles)
        if recording.pelvis_m is not None:
            hips = smooth(recording.pelvis_m) + pelvis @ FROM_ORIGIN
        if reference_s is not None:
            zero = _slice(recording, times - began, reference_s)
            pelvis, lumbar = _from_reference(pelvis, lumbar, zero)
    else:
        zero = _slice(recording, times - (began if reference_s else times[0]), reference_s or REFERENCE_S)
        if source == "markers":
            turned, heading, hips = _from_markers(recording, smooth, zero, fits)
        else:
            turned, heading = _from_sensors(recording, smooth, zero, notes)
        pelvis, thorax = (np.swapaxes(heading, 0, 1) @ turned[name] @ heading for name in ("pelvis", "thorax"))
        lumbar = np.swapaxes(pelvis, 1, 2) @ thorax
        if source == "markers":
            held, told = arms(whole, recording, smooth, thorax, heading)
            notes += told
    tilted, bent = np.degrees(pelvis_angles(pelvis)), np.degrees(lumbar_angles(tables, lumbar))
    doubts = _doubts(np.concatenate([tilted, bent], axis=1), zero)
    return TrunkMotion(
        origin=recording.origin, source=source, began_s=began, time_s=times, pelvis_deg=tilted, lumbar_deg=bent,
        limbs_deg=_limbs(limbs, tilted[:, 0] + bent[:, 0]) | held, hips_m=hips, fits=fits, faults=tuple(faults), notes=tuple(notes),
        doubts=doubts, rate_Hz=rate, cutoff_Hz=cutoff_Hz,
    )  # fmt: skip


class _Smooth:
    """Filters a channel at the recording's own rate, then takes it at other times: nothing fast can pose as something slow."""

    def __init__(self, recording: Recording, times: Array, cutoff_Hz: float) -> None:
        self._time, self._times, self._cutoff = recording.time_s, times, cutoff_Hz
        self._rate = recording.rate_Hz
        self._even = even_times(recording.time_s, self._rate)

    def __call__(self, values: Array) -> Array:
        smooth = low_pass(resample(self._time, values, self._even), self._rate, self._cutoff)
        return smooth if np.array_equal(self._times, self._even) else resample(self._even, smooth, self._times)


def _cutoff(recording: Recording) -> float:
    """By residual analysis of all that angles come from; the highest of quantities of different units."""
    even = even_times(recording.time_s, recording.rate_Hz)
    kinds: list[Mapping[str, Array]] = [recording.angles_deg, recording.markers_m, recording.orientations]
    if recording.pelvis_m is not None:
        kinds.append({"pelvis": recording.pelvis_m})
    flat = ([np.asarray(values).reshape(len(values), -1) for values in kind.values()] for kind in kinds if kind)
    return max(residual_cutoff(resample(recording.time_s, np.concatenate(parts, axis=1), even), recording.rate_Hz) for parts in flat)


def _doubts(angles: Array, zero: slice | None) -> tuple[str, ...]:
    """What speaks against the zero of the angles (n, 6): motion in the reference, or a trunk that is never upright by the file's own."""
    if zero is not None and (moved := float(np.ptp(angles[zero], axis=0).max())) > STILL_DEG:
        told = f"pelvis or trunk move by {moved:.0f} degrees in the reference, where they should stand relaxed"
        return (f"{told}: zero of all angles, and what is said of left and right, is as uncertain as that",)
    if zero is None and (least := float(np.abs(angles[:, 0] + angles[:, 3]).min())) > UPRIGHT_DEG:
        return (f"by the file's own zero the trunk stays {least:.0f} degrees or more from upright; a reference would make standing zero",)
    return ()


def _source(recording: Recording) -> Source:
    if recording.angles_deg:
        return "angles"
    if recording.markers_m:
        return "markers"
    if recording.orientations:
        return "orientations"
    raise ValueError(f"{recording.origin}: no joint angles, markers or orientations")


def _slice(recording: Recording, clock: Array, reference_s: tuple[float, float]) -> slice:
    """Frames of the reference on a clock.

    Raises
    ------
    ValueError
        If it holds no frame.
    """
    start, stop = (int(np.searchsorted(clock, at)) for at in reference_s)
    if start >= stop:
        whole = f"{clock[0]:.4g} to {clock[-1]:.4g} s"
        raise ValueError(f"{recording.origin}: reference {reference_s[0]:g} to {reference_s[1]:g} s holds no frame of {whole}")
    return slice(start, stop)


def _from_reference(pelvis: Array, lumbar: Array, zero: slice) -> tuple[Array, Array]:
    """Both rotations from their mean over the reference."""
    base, trunk = _mean(pelvis[zero]), _mean((pelvis @ lumbar)[zero])
    moved = pelvis @ base.T
    return moved, np.swapaxes(moved, 1, 2) @ pelvis @ lumbar @ trunk.T


def _from_markers(recording: Recording, smooth: _Smooth, zero: slice, fits: dict[str, Fit]) -> tuple[dict[str, Array], Array, Array]:
    """Rotations of both segments from the reference, the rotation from x to where the person faces then, and the hips from there."""
    markers = {name: smooth(values) for name, values in recording.markers_m.items()}
    fits |= {segment: fit(markers, segment, zero) for segment in ("pelvis", "thorax")}
    heading = _heading(facing(markers, zero))
    turned = {name: found.rotation for name, found in fits.items()}
    hips = np.mean([markers[name] for name in fits["pelvis"].markers], axis=0) + turned["pelvis"] @ FROM_MARKERS
    return turned, heading, hips @ heading


def _from_sensors(recording: Recording, smooth: _Smooth, zero: slice, notes: list[str]) -> tuple[dict[str, Array], Array]:
    """Rotations of both segments from sensors that may sit anyhow, and to where the person faces: told by the largest inclination."""
    turned = {}
    for name in ("pelvis", "thorax"):
        if name not in recording.orientations:
            raise ValueError(f"{recording.origin}: no orientation of the {name}; expected sensors on pelvis and thorax")
        rotation = _orthonormal(smooth(recording.orientations[name]))
        turned[name] = rotation @ _mean(rotation[zero]).T
    up = turned["thorax"][:, :, 1]  # where the thorax's upright axis points
    level = up[:, (0, 2)]
    farthest = level[int(np.argmax(np.linalg.norm(level, axis=1)))]
    size = math.degrees(math.asin(min(float(np.linalg.norm(farthest)), 1.0)))
    if size < LEAST_TURN_DEG:
        what = f"the thorax inclines by {size:.1f} degrees at most"
        raise ValueError(f"{recording.origin}: {what}; that does not tell where the person faces")
    notes.append("sensors do not tell where the person faces: the largest inclination of the thorax is taken for forward")
    return turned, _heading(np.array([farthest[0], 0.0, farthest[1]]) / np.linalg.norm(farthest))


def _heading(ahead: Array) -> Array:
    """Rotation about the vertical that brings x to the horizontal direction ``ahead``."""
    return about(1, np.array(np.arctan2(-ahead[2], ahead[0])))


def _mean(rotations: Array) -> Array:
    """The rotation nearest to the mean of rotations (n, 3, 3)."""
    return np.asarray(_orthonormal(rotations.mean(axis=0)[None])[0])


def _orthonormal(matrices: Array) -> Array:
    """The rotations nearest to matrices (n, 3, 3)."""
    u, _, vt = np.linalg.svd(matrices)
    proper = np.ones((len(matrices), 3))
    proper[:, 2] = np.sign(np.linalg.det(u @ vt))
    return np.asarray((u * proper[:, None]) @ vt)


def _limbs(given: Mapping[str, Array], inclination: Array) -> dict[str, Array]:
    """Arms from the thorax to the vertical; hips and knees bend only one way."""
    found: dict[str, Any] = {}
    if "arm_flexion" in given:
        found["upper_arm_deg"] = given["arm_flexion"] - inclination[:, None]
        found["forearm_deg"] = found["upper_arm_deg"] + given.get("elbow_flexion", np.zeros(2))
    if "arm_abduction" in given:
        found["arm_abduction_deg"] = given["arm_abduction"]
    if "hip_flexion" in given:
        found["hip_flexion_deg"] = given["hip_flexion"]
    if "knee_flexion" in given:
        found["knee_flexion_deg"] = np.maximum(given["knee_flexion"], 0.0)
    return found
