"""The rules of a plan: one table of ids, for the checker and for the reader."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

RULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "red_flags": "every red flag is answered no, in the case and in the log",
        "physician": "no finding is a matter for a physician first",
        "gate": "no stop by pain is open",
        "weeks": "weeks and days of sessions lie in the plan, and none before the log ends",
        "exercise": "every exercise is one of the case, once a session",
        "equipment": "the equipment has the load",
        "dose": "sets, repetitions and rest are among those of the exercise",
        "days": "sessions are on the days that suit the person",
        "rest": "48 h lie between sessions",
        "sets": "a session has at most 12 sets",
        "minutes": "a session takes no longer than there is time",
        "morning": "no flexion beyond half of the own maximum within an hour of rising",
        "begin": "an exercise begins at half of its limit or less",
        "begin_dose": "an exercise begins with its smallest dose",
        "step": "one step of the equipment a week",
        "one_change": "only one of load, repetitions and number of sessions rises in a week, the last two by one step",
        "rise": "the peak compression of an exercise rises by at most 10 % a week",
        "heavy": "above 25 kg the load rises by at most 10 % a week",
        "light": "no session holds more of an exercise than the heaviest one of its week, in load or in repetitions",
        "log": "after a log nothing begins above what it leaves open",
        "held": "a dose that provoked pain stays out until two green weeks have passed",
        "growth": "only muscle and tendon gain capacity, and no faster than published",
        "converged": "the model has an answer in every frame",
        "validated": "every frame is inside the validated ranges",
        "compression": "compression, with flexion, is within tolerance or demonstrated",
        "shear": "anterior shear of L1-L2 to L4-L5 is within the limit for the loadings of the day, or demonstrated",
        "shear_count": "the loadings of a day are within the published count",
        "facet_force": "facet force is within tolerance",
        "facet_pressure": "contact pressure of facets is within tolerance",
        "disc_pressure": "disc pressure is within tolerance",
        "torsion": "torque of a segment is within tolerance",
        "ligament": "tension of ligaments is within tolerance",
        "flexion_gate": "lumbar flexion is within the share that findings leave",
        "muscle": "no muscle group needs more than 80 % of its capacity",
        "damage": "the probability that damage exceeds its budget is at most 5 %",
    }
)
