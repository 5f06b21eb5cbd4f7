"""The one compiled entry: solve rows of cases with their persons, eight at a time."""

from __future__ import annotations

from spinesim.mechanics.jit import CACHE_DIR, CACHE_PERSISTS, kernel, part
from spinesim.mechanics.lanes import WIDTH, lane_value
from spinesim.model.names import CONVERGED, INVALID_INPUT, NOT_CONVERGED, STRENGTH_EXCEEDED
from spinesim.solver.equilibrium import climb
from spinesim.solver.path import begin, follow
from spinesim.solver.report import report


@kernel
def solve_rows(batch, topology, start, stop, power, bench):
    """Solve the rows of segments ``start`` to ``stop - 1``, eight segments side by side, whichever share the lanes.

    A row depends on nothing but its own case and person and on the rows before it in its segment. Rows that the short way does not
    solve wait until all others are done.
    """
    waiting = 0
    for group in range(start, stop, WIDTH):
        count, longest = min(WIDTH, stop - group), 0
        for k in range(count):
            longest = max(longest, batch.first[group + k + 1] - batch.first[group + k])
        begin(bench.work)
        for step in range(longest):
            waiting = _solve_abreast(batch, topology, group, count, step, power, waiting, bench)
    for first in range(0, waiting, WIDTH):
        _solve_waiting(batch, topology, first, min(WIDTH, waiting - first), power, bench)


@part
def _solve_abreast(batch, topology, group, count, step, power, waiting, bench):
    """One row of each of ``count`` segments; one that has ended repeats its last row, for nobody. Returns how many rows are waiting."""
    for k in range(WIDTH):
        segment = group + min(k, count - 1)
        bench.rows[k] = min(batch.first[segment] + step, batch.first[segment + 1] - 1)
    _gather(batch, bench)
    done, reached, passes, pivot = follow(bench.spine, topology, bench.case, power, bench.work)
    report(bench.spine, topology, power, 0.0, pivot, bench.work, bench.answer)
    for k in range(count):
        if batch.first[group + k] + step == bench.rows[k]:
            lost = NOT_CONVERGED if lane_value(reached, k) else INVALID_INPUT
            _scatter(batch, bench, k, CONVERGED if lane_value(done, k) else lost, lane_value(passes, k))
            if batch.status[bench.rows[k]] == NOT_CONVERGED:
                bench.waiting[waiting] = bench.rows[k]
                waiting += 1
    return waiting


@part
def _solve_waiting(batch, topology, first, count, power, bench):
    """The long way for up to eight rows."""
    for k in range(WIDTH):
        bench.rows[k] = bench.waiting[first + min(k, count - 1)]
    _gather(batch, bench)
    done, exceeded, passes, reserve, pivot = climb(bench.spine, topology, bench.case, power, bench.work)
    report(bench.spine, topology, power, reserve, pivot, bench.work, bench.answer)
    for k in range(count):
        lost = STRENGTH_EXCEEDED if lane_value(exceeded, k) else NOT_CONVERGED
        _scatter(batch, bench, k, CONVERGED if lane_value(done, k) else lost, lane_value(passes, k))


@kernel
def _gather(batch, bench):
    """Bring the cases of ``bench.rows`` and their persons into the lanes; persons who are there already stay."""
    strange = False
    for k in range(WIDTH):
        strange = strange or bench.held[k] != batch.person[bench.rows[k]]
        bench.held[k] = batch.person[bench.rows[k]]
    transpose(batch.cases, bench.rows, bench.case_numbers)
    if strange:
        transpose(batch.people, bench.held, bench.spine_numbers)


@kernel
def transpose(table, rows, numbers):
    """``numbers[:, k] = table[rows[k]]``, a line of lanes at a time, which the processor writes in one go."""
    a, b, c, d = rows[0], rows[1], rows[2], rows[3]
    e, f, g, h = rows[4], rows[5], rows[6], rows[7]
    for i in range(table.shape[1]):
        line = numbers[i]
        line[0], line[1], line[2], line[3] = table[a, i], table[b, i], table[c, i], table[d, i]
        line[4], line[5], line[6], line[7] = table[e, i], table[f, i], table[g, i], table[h, i]


@kernel
def _scatter(batch, bench, k, status, passes):
    """Write what lane ``k`` found into the row that it holds; numbers only where they mean something."""
    row = bench.rows[k]
    batch.status[row] = status
    batch.iterations[row] += int(passes)
    if status == CONVERGED or status == STRENGTH_EXCEEDED:
        for i in range(bench.place.shape[0]):
            batch.results[row, bench.place[i]] = bench.answer_numbers[i, k]


def is_cached(*others: str) -> bool:
    """True where an earlier run left the compiled solver, and ``others`` (``module.kernel``), so that this one starts at once."""
    return CACHE_PERSISTS and all(any(CACHE_DIR.rglob(f"{name}-*.nbc")) for name in ("compiled.solve_rows", *others))
