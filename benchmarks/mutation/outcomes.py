"""What became of mutants: kept line by line as it comes, and counted at the end."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.mutation.changes import Mutant

EQUIVALENT = Path(__file__).with_name("equivalent.toml")
Name = tuple[str, str, str]


class Log:
    """Outcomes by mutant: the test that killed it, or nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(exist_ok=True)
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
        self.found: dict[Name, tuple[str, str]] = {tuple(row["mutant"]): (row["state"], row["killer"]) for row in rows}

    def knows(self, mutant: Mutant, state: Callable[[Mutant, str], str]) -> bool:
        """Whether it has an outcome with the same source and tests."""
        found = self.found.get(mutant.name)
        return found is not None and found[0] == state(mutant, found[1])

    def killer(self, mutant: Mutant) -> str:
        """What killed it last time."""
        return self.found.get(mutant.name, ("", ""))[1]

    def add(self, mutant: Mutant, killer: str, state: str) -> None:
        """Keep an outcome, and say which mutant lives."""
        self.found[mutant.name] = state, killer
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"mutant": mutant.name, "state": state, "killer": killer}) + "\n")
        if not killer:
            print(f"{mutant.module}:{mutant.number}: {mutant.change}    in: {mutant.line}", flush=True)


def reasons() -> dict[Name, str]:
    """Why a mutant does nothing that anyone could see."""
    rows = tomllib.loads(EQUIVALENT.read_text("utf-8"))["mutant"]
    return {(row["module"], row["line"], row["change"]): row["reason"] for row in rows}


def report(every: Sequence[Mutant], log: Log, equal: Mapping[Name, str], path: Path) -> str:
    """Write counts by module and survivors with the reason of each, and give the counts in words."""
    alive = sorted((m for m in every if not log.killer(m) or m.name in equal), key=lambda m: (m.module, m.number))
    counts = {name: _count(name, every, alive, equal) for name in dict.fromkeys(mutant.module for mutant in every)}
    whole = {key: sum(count[key] for count in counts.values()) for key in ("mutants", "killed", "equivalent")}
    survivors = [
        {"module": m.module, "number": m.number, "line": m.line, "change": m.change, "reason": equal.get(m.name, "not tested")}
        for m in alive
    ]
    told = {"share_killed": whole["killed"] / whole["mutants"], **whole, "modules": counts, "survivors": survivors}
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")
    there = {mutant.name for mutant in every}
    gone = [f"{EQUIVALENT.name}: there is no {name}" for name in equal if name[0] in counts and name not in there]
    killed = [f"{EQUIVALENT.name}: {mutant.name} is killed" for mutant in alive if log.killer(mutant)]
    return "\n".join([*(_line(name, count) for name, count in (counts | {"all": whole}).items()), *gone, *killed])


def _count(module: str, every: Sequence[Mutant], alive: Sequence[Mutant], equal: Mapping[Name, str]) -> dict[str, int]:
    total, left = ([mutant.name for mutant in part if mutant.module == module] for part in (every, alive))
    return {"mutants": len(total), "killed": len(total) - len(left), "equivalent": len([name for name in left if name in equal])}


def _line(name: str, count: dict[str, int]) -> str:
    share = 100.0 * count["killed"] / count["mutants"]
    return f"{name:24} {count['killed']:5} of {count['mutants']:5} killed, {share:5.1f} %; {count['equivalent']} of the others equivalent"
