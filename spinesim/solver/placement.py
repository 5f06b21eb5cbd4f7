"""Where everything stands in a solved case: bodies, discs, muscle paths, ligament strands, facets, arms and load.

The solver's own kernels place it, at the translations and twists that a solution reports, so that nothing drawn can differ from what
was solved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from spinesim.mechanics import joint, kinematics
from spinesim.mechanics.arms import place_arms
from spinesim.mechanics.jit import kernel
from spinesim.model import cases as packing
from spinesim.model.anatomy import SpineModel
from spinesim.model.layout import JOINT_COUNT, Array
from spinesim.model.load import Load
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.solver.api import Person, settled_person
from spinesim.solver.balance import set_up
from spinesim.solver.solution import Solution
from spinesim.solver.workspace import allocate

_SHARES = {"both": (0.5, 0.5), "left": (1.0, 0.0), "right": (0.0, 1.0)}


@dataclass(frozen=True, slots=True)
class Placement:
    """Positions (m) in the frame of the neutral standing posture: x anterior, y superior, z right, origin at the L5-S1 disc centre.

    Attributes
    ----------
    rotation, shift
        Of all bodies (11, 3, 3) and (11, 3): a neutral point X on body b stands at ``shift[b] + rotation[b] @ X``.
    disc_frame, disc_lower, disc_upper
        Mid-plane axes (6, 3, 3; columns) and the disc centre carried by the lower and by the upper vertebra (6, 3), joints caudal to
        cranial.
    point
        Points of all muscle paths (P, 3).
    strand
        Ends of every ligament strand, lower then upper (6, T, 2, 3); their distance is the length that the solver used.
    facet_normal, facet_centre
        Out of the lower vertebra's facet, and the middle of the upper vertebra's patch (6, 2, 3), left then right.
    shoulder, elbow, grip
        Of both arms (2, 3), left then right.
    hip
        Hip centres (2, 3), right then left.
    pack
        Centre of a load on the back (3,).
    known
        False where there was no solution to take translations and twists from: the discs are then as in relaxed standing.
    """

    rotation: Array
    shift: Array
    disc_frame: Array
    disc_lower: Array
    disc_upper: Array
    point: Array
    strand: Array
    facet_normal: Array
    facet_centre: Array
    shoulder: Array
    elbow: Array
    grip: Array
    hip: Array
    pack: Array
    known: bool

    def carry(self, body: int, position: Array) -> Array:
        """Where neutral positions (..., 3) on a body stand."""
        moved: Array = position @ self.rotation[body].T + self.shift[body]
        return moved

    def in_disc(self, joint: int, position: Array) -> Array:
        """Where positions (..., 3) in the disc frame of a joint (m; as ``facet_centre_mm`` is reported) stand."""
        moved: Array = position @ self.disc_frame[joint].T + self.disc_lower[joint]
        return moved

    def held(self, load: Load) -> Array:
        """Where a mass in the hands is (3,)."""
        centre: Array = np.asarray(_SHARES[load.hands]) @ self.grip
        return centre


class Placer:
    """Places the cases of one person; keeps the packed person and the scratch.

    Parameters
    ----------
    model, subject
        Who.
    """

    def __init__(self, model: SpineModel, subject: Subject) -> None:
        self.model, self.subject = model, subject
        self.person: Any = settled_person(model, Person(repr(subject), subject))
        self._work = allocate(self.person, model.topology)

    def place(self, posture: Posture, load: Load, solution: Solution | None = None) -> Placement:
        """Positions in one case.

        Parameters
        ----------
        solution
            Of this case, single; without one, or where it holds no numbers, joints are as the posture prescribes them.

        Raises
        ------
        ValueError
            If the solution is a batch, or an input names something unknown.
        """
        if solution is not None and solution.status.ndim:
            raise ValueError(f"a batch of {len(solution)} cases has no one place; take a row")
        case: Any = packing.pack(self.model.tables, np.zeros(1, np.int64), [posture], [load])[0]
        known = solution is not None and bool(np.isfinite(solution.translation_mm).all())
        moved, turned = np.zeros((JOINT_COUNT, 3)), np.zeros(JOINT_COUNT)
        if solution is not None and known:
            moved, turned = solution.translation_mm[::-1] * 1e-3, np.radians(solution.rotation_deg[::-1, 2])
        stand(self.person, self.model.topology, case, moved, turned, known, self._work)
        return _gathered(self.person, self._work, known)


@kernel
def stand(spine, topology, case, translation, turned, known, w):
    """Place a case at reported translations (6, 3; m from the settled ones) and axial rotations (6,; rad) of the joints."""
    set_up(spine, topology, case, w)
    for j in range(JOINT_COUNT):
        if known:
            w.twist[j] = turned[j] - w.joint_angle[j, 2]
        for i in range(3):
            w.translation[j, i] = translation[j, i] + spine.settled[j, i]
    kinematics.orient(spine, w)
    # Arms hang from the thorax as the solver hung them: with the discs as in relaxed standing.
    kinematics.place(spine, spine.settled, w)
    place_arms(spine, case.arms, case.reach, w)
    kinematics.place(spine, w.translation, w)
    kinematics.locate_points(spine, topology, w)
    for j in range(JOINT_COUNT):
        joint.prepare(spine, j, w)


def _gathered(spine: Any, w: Any, known: bool) -> Placement:
    """Copies of what the scratch holds, all in the one frame."""
    lower = np.array([w.rotation[j] @ spine.centre[j] + w.shift[j] for j in range(JOINT_COUNT)])
    frames = w.disc_frame.copy()
    upper_ends = w.strand_upper + w.translation[:, None]
    strand = np.stack([w.strand_lower, upper_ends], axis=2)
    middles = w.facet_point.mean(axis=2) + w.translation[:, None]
    return Placement(
        rotation=w.rotation.copy(),
        shift=w.shift.copy(),
        disc_frame=frames,
        disc_lower=lower,
        disc_upper=w.joint.copy(),
        point=w.point.copy(),
        strand=np.einsum("jik,jtek->jtei", frames, strand) + lower[:, None, None],
        facet_normal=np.einsum("jik,jsk->jsi", frames, w.facet_normal),
        facet_centre=np.einsum("jik,jsk->jsi", frames, middles) + lower[:, None],
        shoulder=w.shoulder.copy(),
        elbow=w.elbow.copy(),
        grip=w.grip.copy(),
        hip=w.hip.copy(),
        pack=w.rotation[6] @ spine.pack_centre + w.shift[6],
        known=known,
    )
