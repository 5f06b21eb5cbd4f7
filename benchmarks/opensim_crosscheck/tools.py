"""OpenSim's own answer: StaticOptimization, then JointReaction on its forces, through the AnalyzeTool."""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import opensim

from benchmarks.opensim_crosscheck.lfb import COORDINATES, JOINTS, RESERVE, Array, Muscles

ROWS = 6  # the fewest that OpenSim fits its splines to; all are alike, so that nothing moves
STEP = 0.01  # s


class Settings(NamedTuple):
    """When its optimiser stops."""

    convergence: float
    iterations: int


class Answer(NamedTuple):
    """OpenSim's recruitment in a posture.

    Attributes
    ----------
    activation
        Of every muscle.
    reserve
        Reserve moments (18,), N m.
    reaction
        Force on the vertebra below each joint, ground frame (joints, 3), N.
    optimisation_s, reaction_s
        Time of a row of either tool, without loading the model.
    """

    activation: Array
    reserve: Array
    reaction: Array
    optimisation_s: float
    reaction_s: float


def write_inputs(model: opensim.Model, folder: Path) -> None:
    """The posed model, and a motion of equal rows."""
    model.printToXML(str(folder / "model.osim"))
    coordinates = [model.getCoordinateSet().get(index) for index in range(model.getCoordinateSet().getSize())]
    names = "\t".join(["time", *(coordinate.getName() for coordinate in coordinates)])
    values = "\t".join(repr(coordinate.getDefaultValue()) for coordinate in coordinates)
    rows = "\n".join(f"{STEP * row:.3f}\t{values}" for row in range(ROWS))
    head = f"posture\nversion=1\nnRows={ROWS}\nnColumns={len(coordinates) + 1}\ninDegrees=no\nendheader\n"
    (folder / "posture.mot").write_text(f"{head}{names}\n{rows}\n", encoding="utf-8")


def solve(folder: Path, muscles: Muscles, settings: Settings) -> Answer:
    """Both tools on the inputs in ``folder``."""
    idle = _run(folder, "idle", opensim.Kinematics())
    optimisation = _run(folder, "so", _optimisation(settings))
    reaction = _run(folder, "jr", _reaction(folder / "so_StaticOptimization_force.sto"))
    controls = _table(folder / "so_StaticOptimization_activation.sto")
    loads = _table(folder / "jr_reaction_ReactionLoads.sto")
    below = ("sacrum", "lumbar5", "lumbar4", "lumbar3", "lumbar2", "lumbar1")
    return Answer(
        activation=np.array([controls[name] for name in muscles.names]),
        reserve=RESERVE * np.array([controls[f"{name}_reserve"] for name in COORDINATES]),
        reaction=np.array(
            [[loads[f"{joint}_on_{body}_in_ground_f{axis}"] for axis in "xyz"] for joint, body in zip(JOINTS, below, strict=True)]
        ),
        optimisation_s=(optimisation - idle) / ROWS,
        reaction_s=(reaction - idle) / ROWS,
    )


def _optimisation(settings: Settings) -> opensim.StaticOptimization:
    analysis = opensim.StaticOptimization()
    analysis.setUseModelForceSet(True)
    analysis.setActivationExponent(2)
    analysis.setUseMusclePhysiology(True)
    analysis.setConvergenceCriterion(settings.convergence)
    analysis.setMaxIterations(settings.iterations)
    return analysis


def _reaction(forces: Path) -> opensim.JointReaction:
    analysis = opensim.JointReaction()
    analysis.setName("reaction")
    analysis.setForcesFileName(str(forces))
    analysis.setJointNames(_strings(JOINTS))
    analysis.setOnBody(_strings(["parent"] * len(JOINTS)))
    analysis.setInFrame(_strings(["ground"] * len(JOINTS)))
    return analysis


def _strings(values: tuple[str, ...] | list[str]) -> opensim.ArrayStr:
    array = opensim.ArrayStr()
    for value in values:
        array.append(value)
    return array


def _run(folder: Path, name: str, analysis: opensim.Analysis) -> float:
    """Run one analysis over all rows; returns its duration in seconds."""
    tool = opensim.AnalyzeTool()
    tool.setName(name)
    tool.setModelFilename(str(folder / "model.osim"))
    tool.setCoordinatesFileName(str(folder / "posture.mot"))
    tool.setLowpassCutoffFrequency(-1.0)
    tool.setInitialTime(0.0)
    tool.setFinalTime(STEP * (ROWS - 1))
    tool.setResultsDir(str(folder))
    analysis.setStartTime(0.0)
    analysis.setEndTime(STEP * ROWS)
    tool.updAnalysisSet().cloneAndAppend(analysis)
    setup = folder / f"{name}.xml"
    tool.printToXML(str(setup))
    ready = opensim.AnalyzeTool(str(setup))
    start = time.perf_counter()
    if not ready.run():
        raise RuntimeError(f"OpenSim's {analysis.getConcreteClassName()} failed")
    return time.perf_counter() - start


def _table(path: Path) -> dict[str, float]:
    """Middle row of a storage file by column name. The reaction's file comes without its ending."""
    found = path if path.exists() else path.with_suffix("")
    lines = found.read_text(encoding="utf-8").splitlines()
    start = lines.index("endheader") + 1
    names, values = lines[start].split("\t"), lines[start + 1 + ROWS // 2].split()
    return dict(zip((name.strip() for name in names), map(float, values), strict=True))
