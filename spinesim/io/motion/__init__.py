"""Motion files of laboratories: OpenSim storage, markers as TRC and C3D, tables of angles and of sensor orientations."""

from spinesim.io.motion.reading import read_motion
from spinesim.io.motion.text import MotionFileError

__all__ = ["MotionFileError", "read_motion"]
