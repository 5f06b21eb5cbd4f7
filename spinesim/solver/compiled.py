"""The one compiled entry: solve rows of cases with their persons."""

from __future__ import annotations

from spinesim.mechanics.jit import CACHE_DIR, CACHE_PERSISTS, kernel
from spinesim.model.names import CONVERGED, STRENGTH_EXCEEDED
from spinesim.solver.equilibrium import solve_case
from spinesim.solver.report import report


@kernel
def solve_rows(people, topology, cases, start, stop, power, w, out):
    """Solve ``cases[start:stop]`` into ``out``; a row depends on nothing but its own case and person."""
    for row in range(start, stop):
        person = people[cases[row].person]
        answer = out[row]
        status, passes, reserve, pivot = solve_case(person, topology, cases[row], power, w)
        answer.status, answer.iterations, answer.smallest_pivot_N_per_m = status, passes, pivot
        if status == CONVERGED or status == STRENGTH_EXCEEDED:
            report(person, topology, power, reserve, w, answer)


def is_cached(*others: str) -> bool:
    """True where an earlier run left the compiled solver, and ``others`` (``module.kernel``), so that this one starts at once."""
    return CACHE_PERSISTS and all(any(CACHE_DIR.rglob(f"{name}-*.nbc")) for name in ("compiled.solve_rows", *others))
