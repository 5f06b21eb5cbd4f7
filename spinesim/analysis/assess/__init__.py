"""Assessment of a recorded motion: rhythm, symmetry, smoothness, peaks and doses of what every level carries."""

from spinesim.analysis.assess.assessment import Assessment, assess
from spinesim.analysis.assess.bends import Bend, bends
from spinesim.analysis.assess.rhythm import Quarter, Rhythm, rhythm
from spinesim.analysis.assess.smoothness import Smoothness, smoothness

__all__ = ["Assessment", "Bend", "Quarter", "Rhythm", "Smoothness", "assess", "bends", "rhythm", "smoothness"]
