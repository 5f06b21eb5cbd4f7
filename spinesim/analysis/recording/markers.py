"""Marker sets: which marker sits on which segment, and the segment's rotation that fits its markers best.

Only rotations are taken from markers; they need no model of where a marker sits on a person, for the person's own relaxed
standing at the start of the recording says it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from spinesim.analysis.recording.record import Array

# Names are compared in lower case, without what stands before a colon and without anything but letters and digits. Plug-in Gait, the
# gait models of OpenSim, the names of its video tools that end in _study, CAST and the guidelines of the ISB with what follows them.
_PELVIS: Final = {
    "asis_right": ("rasi", "rasis", "rasisstudy", "riasis", "rightasis", "rias"),
    "asis_left": ("lasi", "lasis", "lasisstudy", "liasis", "leftasis", "lias"),
    "psis_right": ("rpsi", "rpsis", "rpsisstudy", "ripsis", "rightpsis", "rips"),
    "psis_left": ("lpsi", "lpsis", "lpsisstudy", "lipsis", "leftpsis", "lips"),
    "sacrum": ("sacr", "vsacral", "vsacrum", "sacral", "sacrum", "s1", "s2"),
    "crest_right": ("ric", "rcrest", "riliaccrest"),
    "crest_left": ("lic", "lcrest", "liliaccrest"),
}
_THORAX: Final = {
    "c7": ("c7", "c7study", "cv7"),
    **{f"t{k}": (f"t{k}", f"tv{k}", f"th{k}") for k in range(1, 13)},
    "clavicle": ("clav", "sjn", "clavicle", "suprasternale", "jn", "ij"),
    "sternum": ("strn", "sxs", "sternum", "xiphoid", "sternalnotch", "xiph", "px"),
    "back_right": ("rbak",),
    "clavicle_right": ("rclavicle", "rclav"),
    "clavicle_left": ("lclavicle", "lclav"),
    "shoulder_right": ("rsho", "racromium", "racromion", "rshoulderstudy", "rshoulder", "rightshoulder", "rac", "racr", "rsae"),
    "shoulder_left": ("lsho", "lacromium", "lacromion", "lshoulderstudy", "lshoulder", "leftshoulder", "lac", "lacr", "lsae"),
    "scapula_right": ("rscapula", "rscap"),
    "scapula_left": ("lscapula", "lscap"),
}
SEGMENTS: Final = {"pelvis": _PELVIS, "thorax": _THORAX}
# Shoulders move on the thorax: they count half as much.
_WEIGHT: Final = {f"{part}_{side}": 0.5 for part in ("shoulder", "scapula") for side in ("right", "left")}
# Joint centres, as tools that look at video give them.
_HIPS: Final = frozenset({"rhip", "righthip", "lhip", "lefthip"})
_CENTRES: Final = ". Centres of the hips do not tell how the pelvis is tilted; give the angles that inverse kinematics made of them (.mot)"
FEWEST: Final = 3
FLAT: Final = 0.1  # second to first spread of a cluster: below, its markers are on one line


@dataclass(frozen=True, slots=True)
class Fit:
    """Rotations (n, 3, 3) of a segment from its reference, and what of its markers they leave.

    Attributes
    ----------
    rotation
        From the reference posture to each frame, in the laboratory.
    residual_m
        Root mean square distance of markers from the fitted cluster, per frame (n,).
    markers
        Names in the file.
    """

    rotation: Array
    residual_m: Array
    markers: tuple[str, ...]


def plain(name: str) -> str:
    """A marker's name without subject, case and punctuation."""
    return re.sub(r"[^a-z0-9]", "", name.rpartition(":")[2].lower())


def of_segment(markers: Mapping[str, Array], segment: str) -> dict[str, str]:
    """Which marker of a file stands for which landmark of a segment."""
    known = {alias: place for place, aliases in SEGMENTS[segment].items() for alias in aliases}
    found: dict[str, str] = {}
    for name in markers:
        if (place := known.get(plain(name))) is not None:
            found.setdefault(place, name)
    return found


def landmarks(markers: Mapping[str, Array], segment: str) -> dict[str, str]:
    """As :func:`of_segment`, where there are enough of them.

    Raises
    ------
    ValueError
        If fewer than three markers of the segment are there.
    """
    mine = of_segment(markers, segment)
    if len(mine) < FEWEST:
        aliases = ", ".join(names[0] for names in SEGMENTS[segment].values())
        here = f"{len(mine)} markers are on the {segment} ({', '.join(mine.values()) or 'none'}); expected {FEWEST} or more of {aliases}"
        raise ValueError(here + (_CENTRES if {plain(name) for name in markers} & _HIPS else ""))
    return mine


def pairs(markers: Mapping[str, Array]) -> dict[str, tuple[Array, Array]]:
    """Left and right markers (n, 3) that are of one landmark, named ``landmark``."""
    found = {}
    for segment in SEGMENTS:
        mine = of_segment(markers, segment)
        for place, name in mine.items():
            if place.endswith("_left") and (other := mine.get(place.replace("_left", "_right"))) is not None:
                found[place.removesuffix("_left")] = (markers[name], markers[other])
    return found


def fit(markers: Mapping[str, Array], segment: str, reference: slice) -> Fit:
    """Rotation of a segment by least squares over its markers (Kabsch W (1976) Acta Cryst A32:922-923).

    Parameters
    ----------
    markers
        Positions (n, 3) without gaps.
    reference
        Frames whose mean shape is the cluster, and whose posture is the zero of rotation.

    Raises
    ------
    ValueError
        If fewer than three markers of the segment are there, or all stand on one line.
    """
    mine = landmarks(markers, segment)
    weight = np.array([_WEIGHT.get(place, 1.0) for place in mine])
    weight = weight / weight.sum()
    points = np.stack([markers[name] for name in mine.values()], axis=1)
    centred = points - np.einsum("m,nma->na", weight, points)[:, None]
    cluster = centred[reference].mean(axis=0)
    if on_a_line(cluster):
        raise ValueError(f"the markers of the {segment} ({', '.join(mine.values())}) stand on one line; a rotation about it cannot be seen")
    rotation = _kabsch(cluster, centred, weight)
    left = centred - np.einsum("nab,mb->nma", rotation, cluster)
    return Fit(rotation, np.sqrt(np.einsum("m,nma,nma->n", weight, left, left)), tuple(mine.values()))


def on_a_line(cluster: Array) -> bool:
    """Whether the points of a centred cluster (m, 3) stand nearly on one line, so that a turn about it cannot be seen."""
    spread = np.linalg.svd(cluster, compute_uv=False)
    return bool(spread[1] < FLAT * spread[0])


def _kabsch(cluster: Array, points: Array, weight: Array) -> Array:
    """Rotations (n, 3, 3) that bring ``cluster`` (m, 3) nearest to ``points`` (n, m, 3)."""
    u, _, vt = np.linalg.svd(np.einsum("m,nma,mb->nab", weight, points, cluster))
    proper = np.ones((len(points), 3))
    proper[:, 2] = np.sign(np.linalg.det(u @ vt))  # a mirrored fit is no rotation
    return np.asarray((u * proper[:, None]) @ vt)


def facing(markers: Mapping[str, Array], reference: slice) -> Array:
    """Horizontal direction (3,) in which the person faces during the reference: left of the line from left to right markers.

    Raises
    ------
    ValueError
        If there is no pair of left and right markers.
    """
    both = pairs(markers)
    if not both:
        raise ValueError("no landmark has both its left and its right marker, so it cannot be told where the person faces")
    right = np.mean([(r - l)[reference].mean(axis=0) for l, r in both.values()], axis=0)  # noqa: E741
    forward = np.array([right[2], 0.0, -right[0]])
    return np.asarray(forward / np.linalg.norm(forward))
