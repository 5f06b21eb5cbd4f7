"""What is compared: 24 postures of the validated range with 0 to 20 kg in both hands."""

from __future__ import annotations

from typing import NamedTuple

import spinesim as ss


class Case(NamedTuple):
    """One posture with its load; angles and signs as in :class:`spinesim.Posture`, straight arms from the vertical."""

    tilt: float = 0.0
    flexion: float = 0.0
    lateral: float = 0.0
    rotation: float = 0.0
    arms: float = 0.0
    mass: float = 0.0

    @property
    def name(self) -> str:
        """Angles in degrees and mass, those that are not zero."""
        parts = [f"{word} {value:g}" for word, value in zip(self._fields[:5], self, strict=False) if value]
        return f"{', '.join(parts) or 'upright'}; {self.mass:g} kg"

    @property
    def sagittal(self) -> bool:
        """Whether left and right are alike."""
        return self.lateral == 0.0 and self.rotation == 0.0

    @property
    def posture(self) -> ss.Posture:
        """The same for spinesim."""
        arms = (self.arms, self.arms)
        return ss.Posture(
            pelvic_tilt_deg=self.tilt,
            flexion_deg=self.flexion,
            lateral_deg=self.lateral,
            rotation_deg=self.rotation,
            upper_arm_deg=arms,
            forearm_deg=arms,
        )

    @property
    def load(self) -> ss.Load:
        """Mass in both hands."""
        return ss.Load(mass_kg=self.mass)


CASES = (
    Case(),
    Case(mass=10.0),
    Case(mass=20.0),
    Case(arms=45.0, mass=10.0),
    Case(arms=90.0, mass=5.0),
    Case(flexion=-10.0),
    Case(flexion=20.0),
    Case(tilt=10.0, flexion=20.0, mass=10.0),
    Case(tilt=10.0, flexion=40.0),
    Case(tilt=20.0, flexion=40.0, mass=10.0),
    Case(tilt=20.0, flexion=40.0, mass=20.0),
    Case(tilt=30.0, flexion=50.0),
    Case(tilt=30.0, flexion=55.0, mass=12.0),
    Case(tilt=30.0, mass=10.0),
    Case(tilt=45.0, flexion=10.0, mass=15.0),
    Case(lateral=5.0),
    Case(lateral=10.0, mass=10.0),
    Case(lateral=-10.0, mass=5.0),
    Case(rotation=5.0),
    Case(rotation=-5.0, mass=10.0),
    Case(tilt=10.0, flexion=20.0, lateral=8.0, mass=5.0),
    Case(tilt=15.0, flexion=30.0, rotation=5.0, mass=10.0),
    Case(tilt=10.0, flexion=30.0, lateral=6.0, rotation=4.0, mass=8.0),
    Case(flexion=15.0, lateral=-8.0, rotation=5.0, arms=30.0, mass=12.0),
)
QUICK = CASES[::4]
