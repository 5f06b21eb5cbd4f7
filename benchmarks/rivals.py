"""What would users pick instead? ``python -m benchmarks.rivals [--quick]`` (``make rivals``).

In one run, on the same machine, in processor time:

- the coupled solve (muscles, discs, ligaments, facets, abdominal pressure in one equilibrium) beside OpenSim's StaticOptimization
  and JointReaction on the lumbar model LFB (238 fascicles, discs as joints without facets and ligaments), posture by posture;
- the recruitment alone beside general solvers, on the very same problems: those at which random coupled cases ended.

Prints tables and writes ``benchmarks/results/rivals.json``. A solver that is not installed is left out and named.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

import spinesim as ss
from benchmarks import cases, stages
from benchmarks.run import ROOT, machine
from spinesim.mechanics.lanes import WIDTH
from spinesim.model.layout import WEIGHT
from spinesim.solver import recruitment
from spinesim.solver.recruitment import CONTACT_WEIGHT, SQUARE

Array = NDArray[np.float64]
RESULTS = ROOT / "benchmarks" / "results" / "rivals.json"
OPENSIM_CASES = 24  # of the crosscheck; --quick takes six
TOLERANCE = 1e-9  # N m, of our own recruitment


class Recruitment(NamedTuple):
    """minimise ``sum weight a^2`` with ``matrix a = target`` and ``lower <= a <= upper``; rows that hold nothing are left out."""

    matrix: Array
    target: Array
    lower: Array
    upper: Array
    weight: Array


class Line(NamedTuple):
    """One solver on all problems: median processor time, s; worst residual, N m; median and worst excess of its cost over ours."""

    name: str
    seconds: float
    residual: float
    excess: float
    worst: float
    failed: int


Solver = Callable[[Recruitment], Array | None]


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer problems and postures")
    quick = parser.parse_args().quick
    lines, missing = _recruitments(2 if quick else 12)
    own = next(line for line in lines if line.name.startswith("spinesim, lanes"))
    print(f"{'recruitment alone':26} {'us':>9} {'ratio':>7} {'residual N m':>13} {'cost over ours':>15} {'worst':>9} {'failed':>7}")
    for x in lines:
        ratio = x.seconds / own.seconds
        print(f"{x.name:26} {1e6 * x.seconds:9.1f} {ratio:7.0f} {x.residual:13.1e} {x.excess:15.1e} {x.worst:9.1e} {x.failed:7}")
    found: dict[str, Any] = {"machine": machine(), "recruitment": [line._asdict() for line in lines]}
    if find_spec("opensim") is None or find_spec("Pose2Sim") is None:
        missing.append("OpenSim with LFB (make crosscheck installs it)")
    else:
        found["opensim"] = _opensim(quick)
    for name in missing:
        print(f"left out, not installed: {name}")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(f"wrote {RESULTS.relative_to(ROOT)}")


# ---- recruitment alone


def _recruitments(groups: int) -> tuple[list[Line], list[str]]:
    """Lines of all solvers that are here, and the names of the others."""
    problems: list[Recruitment] = []
    seconds: list[float] = []
    abreast: list[Array | None] = []
    fresh = stages.looped(_recruit_afresh)
    for bench, topology in _solved(groups):
        mine, free = zip(*_lanes_of(bench), strict=True)
        problems += mine
        seconds += [stages.seconds(fresh, bench, topology) / WIDTH] * WIDTH
        abreast += [bench.work["activation"][columns, k].copy() for k, columns in enumerate(free)]
    single, own = _timed(_standalone, problems)
    cost = [_cost(problem, a) for problem, a in zip(problems, own, strict=True) if a is not None]
    assert len(cost) == len(problems)
    lines = [
        _line("spinesim, one at a time", single, own, problems, cost),
        _line("spinesim, lanes of eight", seconds, abreast, problems, cost),
    ]
    missing = []
    for name, package, solver in SOLVERS:
        if find_spec(package) is None:
            missing.append(name)
        else:
            lines.append(_line(name, *_timed(solver, problems), problems, cost))
    return lines, missing


def _solved(groups: int) -> Iterator[tuple[Any, Any]]:
    """Scratch with eight random cases of eight persons, solved; group after group."""
    model = ss.SpineModel.default()
    whole = stages.looped(stages.whole)
    chosen = cases.random(groups * WIDTH, groups * WIDTH)
    for group in range(groups):
        bench = stages.filled(model, chosen[group * WIDTH : (group + 1) * WIDTH])
        whole(1, bench.spine, model.topology, bench.case, bench.work, bench.answer)
        yield bench, model.topology


def _recruit_afresh(spine, topology, case, w, answer):  # type: ignore[no-untyped-def]
    everywhere = w.spread == w.spread
    for k in range(w.target.shape[0]):
        w.multiplier[k] = w.target[k] * 0.0
    recruitment.recruit(spine, topology, SQUARE, case.stance, 0.0, TOLERANCE, everywhere, w)


def _lanes_of(bench: Any) -> Iterator[tuple[Recruitment, Array]]:
    """The recruitment problem in each lane, and which columns are in it."""
    work, spine = bench.work, bench.spine
    for k in range(WIDTH):
        weight = np.concatenate([spine["fascicle"][:, WEIGHT, k], np.full(3, CONTACT_WEIGHT)])
        matrix = np.ascontiguousarray(work["active_moment"][..., k].T)
        used = np.abs(matrix).max(axis=1) > 0.0
        free = work["upper"][:, k] > 0.0  # supports that are not there
        columns = np.ix_(used, free)
        bounds = work["lower"][free, k].copy(), work["upper"][free, k].copy()
        yield Recruitment(matrix[columns], work["target"][used, k].copy(), *bounds, weight[free]), free


def _cost(problem: Recruitment, a: Array) -> float:
    return float(problem.weight @ a**2)


def _timed(solver: Solver, problems: list[Recruitment]) -> tuple[list[float], list[Array | None]]:
    """Processor time (s) and answer to every problem."""
    solver(problems[0])
    seconds, answers = [], []
    for problem in problems:
        start = time.process_time()
        answers.append(solver(problem))
        seconds.append(time.process_time() - start)
    return seconds, answers


def _line(name: str, seconds: list[float], answers: list[Array | None], problems: list[Recruitment], own: list[float]) -> Line:
    """How long it took, what was left, and what it cost beside our ``own`` costs."""
    solved = [(problem, a, cost) for problem, a, cost in zip(problems, answers, own, strict=True) if a is not None]
    residual = [float(np.abs(problem.matrix @ a - problem.target).max()) for problem, a, _ in solved]
    excess = [_cost(problem, a) / cost - 1.0 for problem, a, cost in solved]
    failed = len(problems) - len(solved)
    return Line(name, float(np.median(seconds)), max(residual), float(np.median(excess)), max(excess, key=abs), failed)


def _standalone(problem: Recruitment) -> Array | None:
    from spinesim.solver.standalone import Problem

    made = Problem(problem.matrix.T, problem.weight, problem.lower, problem.upper)
    found = made.solve(problem.target, tolerance=TOLERANCE)
    return found.activation if found.solved else None


def _daqp(problem: Recruitment) -> Array | None:
    import daqp

    p = problem
    above, below = np.concatenate([p.upper, p.target]), np.concatenate([p.lower, p.target])
    sense = np.concatenate([np.zeros(len(p.upper), np.int32), np.full(len(p.target), 5, np.int32)])
    hessian = np.diag(2.0 * p.weight)
    a, _, flag, _ = daqp.solve(hessian, np.zeros(len(p.weight)), p.matrix, above, below, sense)
    return a if flag > 0 else None


def _piqp(dense: bool) -> Solver:
    def solver(problem: Recruitment) -> Array | None:
        import piqp

        p = problem
        made = piqp.DenseSolver() if dense else piqp.SparseSolver()
        hessian = np.diag(2.0 * p.weight) if dense else sparse.diags(2.0 * p.weight, format="csc")
        matrix = p.matrix if dense else sparse.csc_matrix(p.matrix)
        made.setup(hessian, np.zeros(len(p.weight)), matrix, p.target, x_l=p.lower, x_u=p.upper)
        return made.result.x if made.solve() == piqp.PIQP_SOLVED else None

    return solver


def _clarabel(problem: Recruitment) -> Array | None:
    import clarabel

    p, n = problem, len(problem.weight)
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    eye = sparse.identity(n, format="csc")
    rows = sparse.vstack([sparse.csc_matrix(p.matrix), eye, -eye], format="csc")
    cones = [clarabel.ZeroConeT(len(p.target)), clarabel.NonnegativeConeT(2 * n)]
    sides = np.concatenate([p.target, p.upper, -p.lower])
    answer = clarabel.DefaultSolver(sparse.diags(2.0 * p.weight, format="csc"), np.zeros(n), rows, sides, cones, settings).solve()
    return np.asarray(answer.x) if answer.status == clarabel.SolverStatus.Solved else None


def _osqp(problem: Recruitment) -> Array | None:
    import osqp

    p, n = problem, len(problem.weight)
    rows = sparse.vstack([sparse.csc_matrix(p.matrix), sparse.identity(n)], format="csc")
    made = osqp.OSQP()
    below, above = np.concatenate([p.target, p.lower]), np.concatenate([p.target, p.upper])
    # At its default of 1e-3 it stops newton metres away; this is the loosest that a load can stand.
    made.setup(sparse.diags(2.0 * p.weight, format="csc"), np.zeros(n), rows, below, above, verbose=False, eps_abs=1e-6, eps_rel=1e-6,
               max_iter=100_000)  # fmt: skip
    answer = made.solve()
    return np.asarray(answer.x) if answer.info.status == "solved" else None


SOLVERS: tuple[tuple[str, str, Solver], ...] = (
    ("daqp 0.11 (dense)", "daqp", _daqp),
    ("piqp (dense)", "piqp", _piqp(dense=True)),
    ("piqp (sparse)", "piqp", _piqp(dense=False)),
    ("clarabel", "clarabel", _clarabel),
    ("osqp, 1e-6", "osqp", _osqp),
)


# ---- the whole answer


def _opensim(quick: bool) -> dict[str, float]:
    """Processor time of a posture: OpenSim's two tools on LFB, and the coupled solve of the same postures, one by one and in a batch."""
    from benchmarks.opensim_crosscheck import compare, lfb
    from benchmarks.opensim_crosscheck.postures import CASES, QUICK

    chosen = QUICK if quick else CASES[:OPENSIM_CASES]
    model, path = ss.SpineModel.default(), lfb.locate()
    assert path is not None
    share = model.pack(ss.Subject()).share
    theirs = []
    for case in chosen:
        row, _ = compare.compare(path, case, share)
        theirs.append(row.peer["default"].seconds + row.reaction_s)
    many = [case for case in chosen for _ in range(64)]
    arguments = (model, ss.Subject(), [case.posture for case in many], [case.load for case in many])
    ss.solve_batch(*arguments, threads=1)
    whole = _processor(lambda: ss.solve_batch(*arguments, threads=1)) / len(many)
    single = np.median([_processor(lambda case=case: ss.solve(model, ss.Subject(), case.posture, case.load)) for case in chosen])  # type: ignore[misc]
    their = float(np.median(theirs))
    bend = cases.smooth(2000)
    postures, loads = [posture for _, posture, _ in bend], [load for _, _, load in bend]
    along = _processor(lambda: ss.solve_path(model, bend[0][0], postures, loads, threads=1)) / len(bend)
    print(f"\n{'whole answer, a posture':44} {'us':>12} {'ratio':>9}")
    for name, value in (
        ("OpenSim StaticOptimization + JointReaction", their),
        ("ss.solve, one at a time", single),
        ("ss.solve_batch", whole),
        ("ss.solve_path, a bend of 2,000", along),
    ):
        print(f"{name:44} {1e6 * value:12.1f} {value / whole:9.0f}")
    return {"opensim_s": their, "solve_s": float(single), "batch_s": whole, "path_s": along, "postures": float(len(chosen))}


def _processor(action: Callable[[], object]) -> float:
    """Least processor time of three, s."""
    best = np.inf
    for _ in range(3):
        start = time.process_time()
        action()
        best = min(best, time.process_time() - start)
    return float(best)


if __name__ == "__main__":
    main()
