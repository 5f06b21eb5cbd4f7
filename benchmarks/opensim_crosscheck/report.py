"""Tables of the comparison, for the terminal and for ``docs/crosscheck.md``, and its record."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import spinesim as ss
from benchmarks.opensim_crosscheck import ablation
from benchmarks.opensim_crosscheck.ablation import LEVELS, Chain
from benchmarks.opensim_crosscheck.compare import FORCE_N, FORCE_SHARE, OBJECTIVE_TOLERANCE, SETTINGS, Row
from benchmarks.opensim_crosscheck.lfb import RESERVE, Array
from benchmarks.run import machine


class Comparison(NamedTuple):
    """Everything that was found.

    Attributes
    ----------
    rows
        LFB by both codes.
    full
        Our whole model in the same postures.
    compression
        At L5-S1 and L4-L5: LFB by OpenSim, LFB by our recruitment, our whole model (3, cases, 2), N.
    into_lfb, out_of_ours
        What the differences come from.
    body_mass, strength_ratio
        Mass of both models, kg, and our strength over LFB's.
    """

    rows: list[Row]
    full: ss.Solution
    compression: Array
    into_lfb: Chain
    out_of_ours: Chain
    body_mass: float
    strength_ratio: float


def text(found: Comparison) -> str:
    """All tables in markdown."""
    parts = [
        f"{_versions()}. {machine()['processor']}, {machine()['cores']} cores. Both models weigh {found.body_mass:.2f} kg; "
        f"fascicles that both have are {found.strength_ratio:.2f} times as strong in spinesim.",
        "### Result\n\n" + _table(("figure", "value", "wanted", "verdict"), _summary(found)),
        "### Recruitment of LFB, posture by posture\n\n" + _recruitment(found.rows),
        "### Compression in N\n\n" + _compressions(found),
        "### From LFB to spinesim\n\n" + _chain(found.into_lfb),
        "### From spinesim to LFB\n\n" + _chain(found.out_of_ours),
    ]
    return "\n\n".join(parts)


def record(found: Comparison) -> dict[str, Any]:
    """All figures as plain numbers."""
    return {
        "machine": machine() | {"opensim": version("opensim"), "pose2sim": version("pose2sim")},
        "settings": {name: settings._asdict() for name, settings in SETTINGS.items()} | {"reserve_Nm": RESERVE},
        "summary": [dict(zip(("figure", "value", "wanted", "verdict"), line, strict=True)) for line in _summary(found)],
        "body_mass_kg": found.body_mass,
        "strength_ratio": found.strength_ratio,
        "postures": [_posture_record(found, index) for index in range(len(found.rows))],
        "from_lfb_to_spinesim": _chain_record(found.into_lfb),
        "from_spinesim_to_lfb": _chain_record(found.out_of_ours),
    }


def write_page(page: Path, content: str) -> None:
    """Put the tables between the page's marks."""
    begin, end = "<!-- crosscheck:begin, written by benchmarks/opensim_crosscheck -->", "<!-- crosscheck:end -->"
    old = page.read_text(encoding="utf-8")
    new, count = re.subn(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: f"{begin}\n{content}\n{end}", old, flags=re.DOTALL)
    if count != 1:
        raise SystemExit(f"{page}: expected one pair of marks, found {count}")
    page.write_text(new, encoding="utf-8")


def _versions() -> str:
    names = ("opensim", "pose2sim", "spinesim", "numpy", "numba")
    return ", ".join(f"{name} {version(name)}" for name in names)


def _summary(found: Comparison) -> list[list[str]]:
    """Figure, value, what was wanted, verdict."""
    rows, count = found.rows, len(found.rows)
    lines = []
    for setting, (convergence, iterations) in SETTINGS.items():
        excess = max(row.excess(setting) for row in rows)
        lines.append(_judged(f"objective over OpenSim's, worst ({setting}: {convergence:g}, {iterations})", excess, OBJECTIVE_TOLERANCE))
        lines.append([f"objective over OpenSim's, best ({setting})", f"{min(row.excess(setting) for row in rows):.1e}", "-", "-"])
        apart = [row.force_difference(setting, joint) for row in rows for joint in (0, 1)]
        worst = max(difference for difference, _ in apart)
        share = max(difference / max(FORCE_N, FORCE_SHARE * force) for difference, force in apart)
        verdict = "hit" if share <= 1.0 else "miss"
        lines.append([f"force at L4-L5 and L5-S1 from OpenSim's, worst ({setting})", f"{worst:.3g} N", "1 % or 5 N", verdict])
        lines.append(
            [f"postures inside all tolerances ({setting})", f"{sum(row.hits(setting) for row in rows)} of {count}", str(count), "-"]
        )
    lines += [
        ["moment left unbalanced, worst: spinesim", f"{max(row.own.residual for row in rows):.1e} N m", "-", "-"],
        *([f"the same: OpenSim ({s})", f"{max(row.peer[s].residual for row in rows):.1e} N m", "-", "-"] for s in SETTINGS),
        ["distance from optimality in activation, worst: spinesim", f"{max(row.own.kkt for row in rows):.1e}", "-", "-"],
        *([f"the same: OpenSim ({s})", f"{max(row.peer[s].kkt for row in rows):.1e}", "-", "-"] for s in SETTINGS),
        ["reserve moment, largest of all", f"{max(row.own.reserve for row in rows):.3f} N m", "-", "-"],
    ]
    return lines + _times(rows)


def _judged(name: str, value: float, limit: float) -> list[str]:
    return [name, f"{value:.1e}", f"<= {limit:g}", "hit" if value <= limit else "miss"]


def _times(rows: Sequence[Row]) -> list[list[str]]:
    """Mean time of a posture."""
    times = {
        "recruitment, spinesim": 1e3 * np.mean([row.own.seconds for row in rows]),
        **{f"StaticOptimization ({s})": 1e3 * np.mean([row.peer[s].seconds for row in rows]) for s in SETTINGS},
        "JointReaction": 1e3 * np.mean([row.reaction_s for row in rows]),
        "moment arms and net moments for spinesim, by OpenSim": 1e3 * np.mean([row.mechanics_s for row in rows]),
    }
    return [[f"time a posture: {name}", f"{value:.3g} ms", "-", "-"] for name, value in times.items()]


def _recruitment(rows: Sequence[Row]) -> str:
    heads = ["posture", "objective", *(f"over OpenSim {s}" for s in SETTINGS), "unbalanced N m (spinesim; OpenSim)"]
    heads += ["optimality (spinesim; OpenSim)", "L4-L5 apart N", "L5-S1 apart N", "spinesim ms", "OpenSim ms"]
    cells = []
    for row in rows:
        peers = [row.peer[setting] for setting in SETTINGS]
        cells.append(
            [
                row.case.name,
                f"{row.own.objective:.4f}",
                *(f"{row.excess(setting):+.1e}" for setting in SETTINGS),
                "; ".join(f"{outcome.residual:.0e}" for outcome in (row.own, *peers)),
                "; ".join(f"{outcome.kkt:.0e}" for outcome in (row.own, *peers)),
                *("; ".join(f"{row.force_difference(setting, joint)[0]:.2g}" for setting in SETTINGS) for joint in (1, 0)),
                f"{1e3 * row.own.seconds:.2f}",
                "; ".join(f"{1e3 * outcome.seconds:.0f}" for outcome in peers),
            ]
        )
    return _table(heads, cells)


def _compressions(found: Comparison) -> str:
    heads = ["posture", *(f"{level} {who}" for level in LEVELS[::-1] for who in ("OpenSim", "same, our recruitment", "spinesim"))]
    moments = zip((row.mechanics.moment[2] for row in found.rows), -found.full.load_moment_Nm[:, 5, 2], strict=True)
    forces = found.compression[:, :, ::-1].transpose(1, 2, 0).reshape(len(found.rows), -1)
    cells = [
        [row.case.name, *(f"{value:.0f}" for value in (*force, *moment))]
        for row, force, moment in zip(found.rows, forces, moments, strict=True)
    ]
    heads += ["L5-S1 load moment N m, LFB", "spinesim"]
    return "\n\n".join([_table(heads, cells), *(_agreement(found, level) for level in (1, 0))])


def _agreement(found: Comparison, level: int) -> str:
    theirs, ours = found.compression[0, :, level], found.compression[2, :, level]
    apart, ratio, correlation = ours - theirs, np.mean(ours / theirs), np.corrcoef(theirs, ours)[0, 1]
    return (
        f"{LEVELS[level]}: spinesim less LFB by OpenSim {np.mean(apart):+.0f} N on the mean (SD {np.std(apart, ddof=1):.0f} N), "
        f"mean ratio {ratio:.2f}, correlation {correlation:.3f}."
    )


def _solved(chain: Chain) -> Array:
    """Which cases every step solved."""
    return np.asarray(np.isfinite(chain.compression).all(axis=(0, 2)))


def _chain(chain: Chain) -> str:
    """Mean compression after every step, and what the step changed with its spread over the postures."""
    solved = _solved(chain)
    forces = chain.compression[:, solved][:, :, ::-1]
    changes = np.diff(forces, axis=0, prepend=forces[:1])
    figures = zip(chain.names, forces.mean(axis=1), changes.mean(axis=1), changes.std(axis=1, ddof=1), strict=True)
    cells = [
        [name, *(text for level in (0, 1) for text in (f"{mean[level]:.0f}", f"{change[level]:+.0f} ({spread[level]:.0f})"))]
        for name, mean, change, spread in figures
    ]
    heads = ("step", *(f"{level} {what}" for level in LEVELS[::-1] for what in ("N", "change N (SD)")))
    lost = [f"({name})" for name, good in zip(chain.cases, solved, strict=True) if not good]
    note = f" Not solved at every step, for strength is exceeded: {', '.join(lost)}." if lost else ""
    return f"Mean of {solved.sum()} postures of {len(solved)}.{note}\n\n" + _table(heads, cells)


def _posture_record(found: Comparison, index: int) -> dict[str, Any]:
    row = found.rows[index]
    answers = {"spinesim": row.own, **{f"opensim_{setting}": outcome for setting, outcome in row.peer.items()}}
    names = ("lfb_opensim", "lfb_spinesim_recruitment", "spinesim")
    return {
        "name": row.case.name,
        **row.case._asdict(),
        "recruitment": {key: outcome._asdict() | {"reaction": outcome.reaction.tolist()} for key, outcome in answers.items()},
        "mechanics_s": row.mechanics_s,
        "reaction_s": row.reaction_s,
        "hits": {setting: row.hits(setting) for setting in SETTINGS},
        "compression_N": {
            name: dict(zip(LEVELS, map(float, found.compression[who, index]), strict=True)) for who, name in enumerate(names)
        },
    }


def _chain_record(chain: Chain) -> dict[str, Any]:
    means = chain.compression[:, _solved(chain)].mean(axis=1)
    steps = {name: dict(zip(LEVELS, map(float, mean), strict=True)) for name, mean in zip(chain.names, means, strict=True)}
    return {"postures": int(_solved(chain).sum()), "mean_compression_N": steps}


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def assemble(rows: list[Row], body_mass: float, muscles: Any, share: Array) -> Comparison:
    """Solve our whole model beside LFB and find where they part."""
    subject = ablation.person(body_mass)
    full = ablation.solve(rows, subject)
    frame = ss.SpineModel.default().pack(subject).frame
    normals = [ablation.disc_normals(row.mechanics, frame) for row in rows]
    by_peer, by_own = (
        np.array([ablation.compression(answer.reaction, normal) for answer, normal in zip(answers, normals, strict=True)])
        for answers in ([row.peer["tight"] for row in rows], [row.own for row in rows])
    )
    return Comparison(
        rows=rows,
        full=full,
        compression=np.array([by_peer, by_own, ablation.net_compression(full)]),
        into_lfb=ablation.put_in(rows, subject, muscles, share),
        out_of_ours=ablation.taken_out(rows, subject, muscles),
        body_mass=body_mass,
        strength_ratio=ablation.strength_ratio(subject, muscles),
    )
