"""Recorded motion: what was measured, what is wrong with it, and the angles of pelvis and lumbar spine that it says.

``io.motion`` reads files into a :class:`Recording`; :func:`check` finds its faults; :func:`trunk_motion` makes
:class:`TrunkMotion`, filtered and differentiated, ready to be solved.
"""

from spinesim.analysis.recording.faults import Fault, check
from spinesim.analysis.recording.motion import TrunkMotion, trunk_motion
from spinesim.analysis.recording.record import Recording

__all__ = ["Fault", "Recording", "TrunkMotion", "check", "trunk_motion"]
