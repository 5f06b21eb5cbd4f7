"""Where does the time of a pass go? ``python -m benchmarks.stages``.

Times every stage of the solver on eight random cases of eight persons that fill the lanes, in microseconds of processor time for all
eight, and counts passes. Compiles each stage anew, a minute or two in all.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

import spinesim as ss
from benchmarks import cases
from spinesim.mechanics import joint, kinematics, paths, wrench
from spinesim.mechanics.lanes import WIDTH, negate
from spinesim.model import cases as packing
from spinesim.model.layout import stack
from spinesim.solver import api, balance, compiled, equilibrium, mixing, recruitment, report, strings
from spinesim.solver.recruitment import SQUARE
from spinesim.solver.workspace import allocate_bench

REPEATED, BEST_OF = 100, 5
compiled_now = numba.njit(nogil=True, error_model="numpy")


def _set_up(spine, topology, case, w, answer):  # type: ignore[no-untyped-def]
    balance.set_up(spine, topology, case, w)


def _settle(spine, topology, case, w, answer):  # type: ignore[no-untyped-def]
    equilibrium.settle(spine, w)


def _place(spine, topology, case, w, answer):  # type: ignore[no-untyped-def]
    kinematics.orient(spine, w)
    wrench.external(spine, case, w)
    kinematics.place(spine, w.translation, w)
    kinematics.locate_strut(spine, w)


def _paths(spine, topology, case, w, answer):  # type: ignore[no-untyped-def]
    for f in range(topology.fascicles):
        paths.unit_column(spine, topology, f, w)


def _muscles(spine, topology, case, w, answer):  # type: ignore[no-untyped-def]
    balance.muscle_columns(spine, topology, case.stance, w)


def _joints(spine, topology, case, w, answer):  # type: ignore[no-untyped-def]
    for j in range(6):
        joint.passive_response(spine, j, w.translation[j], False, w)


def _joints_twisted(spine, topology, case, w, answer):  # type: ignore[no-untyped-def]
    for j in range(6):
        joint.passive_response(spine, j, w.translation[j], True, w)


def _stand(spine, topology, case, w, answer):  # type: ignore[no-untyped-def]
    balance.stand(spine, case, False, w)


def _strings(spine, topology, case, w, answer):  # type: ignore[no-untyped-def]
    strings.pull_strings(spine, topology, case.stance, SQUARE, w)
    strings.left_over(case.stance, w)


def _columns(spine, topology, case, w, answer):  # type: ignore[no-untyped-def]
    everywhere = w.spread == w.spread
    recruitment.begin_normal(everywhere, w)
    balance.renew_columns(spine, topology, case.stance, 0.0 * w.spread, everywhere, w)


def _activate(spine, topology, case, w, answer):  # type: ignore[no-untyped-def]
    recruitment.activate(spine, topology, SQUARE, w.multiplier, w)


def _residuals(spine, topology, case, w, answer):  # type: ignore[no-untyped-def]
    recruitment.moment_residual(topology, w.multiplier, 0.0, w, w.residual)
    balance.unbalanced(topology, 0.0, w)


def _normal(spine, topology, case, w, answer):  # type: ignore[no-untyped-def]
    everywhere = w.spread == w.spread
    recruitment.begin_normal(everywhere, w)
    recruitment.update_normal(topology, 0.0 * w.spread, everywhere, w)


def _response(spine, topology, case, w, answer):  # type: ignore[no-untyped-def]
    everywhere = w.spread == w.spread
    balance.begin_response(everywhere, w)
    nothing = 0.0 * w.spread
    balance.update_response(topology, nothing, nothing, nothing, everywhere, w)


def _step(spine, topology, case, w, answer):  # type: ignore[no-untyped-def]
    nothing, everywhere = 0.0 * w.spread, w.spread == w.spread
    equilibrium.newton_step(spine, topology, case.stance, nothing, nothing, negate(everywhere), False, everywhere, w)
    mixing.mix(1, w)


def _report(spine, topology, case, w, answer):  # type: ignore[no-untyped-def]
    report.report(spine, topology, SQUARE, 0.0, 0.0, w, answer)


def whole(spine, topology, case, w, answer):  # type: ignore[no-untyped-def]
    """A case from the start."""
    balance.set_up(spine, topology, case, w)
    equilibrium.solve_case(spine, topology, case, SQUARE, w.spread == w.spread, w)


STAGES: dict[str, Callable[..., Any]] = {
    "prescribed pose, loads (once)": _set_up,
    "settled start (once)": _settle,
    "pass: all but muscles": _stand,
    "  bodies, loads": _place,
    "  discs, ligaments, facets": _joints,
    "  the same with what twists do": _joints_twisted,
    "pass on strings: muscles, residuals": _strings,
    "nested pass: muscle columns": _muscles,
    "  paths of fascicles": _paths,
    "nested pass: pulls, activations": _activate,
    "nested pass: residuals": _residuals,
    "pass: step, mixing": _step,
    "columns for N1 and N2": _columns,
    "N1 built anew": _normal,
    "N2 built anew": _response,
    "report (once)": _report,
    "whole case": whole,
}


WHOLE = (_report, whole)  # that take more than a record of numbers


def main() -> None:
    """Measure and print."""
    model, chosen = ss.SpineModel.default(), cases.random(WIDTH, WIDTH)
    people, packed = _packed(model, chosen)
    out = api.run(model, people, packed, SQUARE, threads=1)
    print(f"passes of the eight cases: {', '.join(str(n) for n in out.iterations)}")
    bench = filled(model, chosen)
    solve = looped(whole)
    for name, stage in STAGES.items():
        solve(1, bench.spine, model.topology, bench.case, bench.work, bench.answer)
        print(f"{name:36} {1e6 * seconds(looped(stage), bench, model.topology):9.2f} us for eight", flush=True)


def _packed(model: ss.SpineModel, chosen: list[cases.Case]) -> tuple[Any, Any]:
    people = stack([api.person_record(model, subject) for subject, _, _ in chosen])
    return people, packing.pack(model.tables, np.arange(WIDTH), [p for _, p, _ in chosen], [load for _, _, load in chosen])


def filled(model: ss.SpineModel, chosen: list[cases.Case]) -> Any:
    """Scratch with eight cases of eight persons in its lanes."""
    people, packed = _packed(model, chosen)
    bench = allocate_bench(people, model.topology, WIDTH)
    bench.rows[:] = np.arange(WIDTH)
    compiled.transpose(api.table(people), bench.rows, bench.spine_numbers)
    compiled.transpose(api.table(packed), bench.rows, bench.case_numbers)
    return bench


def looped(stage: Callable[..., Any]) -> Callable[..., None]:
    """A compiled loop over a stage."""
    step = compiled_now(stage)

    @compiled_now  # type: ignore[untyped-decorator]
    def loop(times, spine, topology, case, w, answer):  # type: ignore[no-untyped-def]
        for _ in range(times):
            step(spine, topology, case, w, answer)

    return loop  # type: ignore[no-any-return]


def seconds(loop: Callable[..., None], bench: Any, topology: Any) -> float:
    """Shortest processor time of one round."""
    loop(1, bench.spine, topology, bench.case, bench.work, bench.answer)
    best = np.inf
    for _ in range(BEST_OF):
        start = time.thread_time()
        loop(REPEATED, bench.spine, topology, bench.case, bench.work, bench.answer)
        best = min(best, time.thread_time() - start)
    return float(best) / REPEATED


if __name__ == "__main__":
    main()
