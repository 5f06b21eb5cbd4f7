"""What must hold for every person, log and plan: over 7,000 generated cases, on the surrogate of loads.

A case is one pair of persons, one log, one entry, one dose of a session, or one refused value.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from plan_cases import BULGE, FOUR, GOOD_RECOVERY, LIFTS, NO_FLAGS, STEPS, WOMAN, bends, exercise, last, request
from plan_surrogate import surrogate

from spinesim.analysis.plan import Activity, Entry, Exercise, NoPlan, Proof, Recovery, build, check, gates, standing
from spinesim.analysis.plan.builder import milp_ways
from spinesim.analysis.plan.columns import Network, Way
from spinesim.analysis.plan.damage import Bout, day_dose, half_lives, probability
from spinesim.analysis.plan.replan import CLEARANCE
from spinesim.analysis.tolerance import Evidence, Findings, Person, strength

EQUAL = 1.0 + 1e-9
NAMES = [spec.name for spec in FOUR]
GRID = np.arange(0.0, 41.0, 2.0)


def some(rng: np.random.Generator, *choices: Any) -> Any:
    return choices[rng.integers(len(choices))]


def findings(rng: np.random.Generator) -> Findings:
    unknown = rng.random() < 0.3
    return Findings(
        None if unknown else {"L4-L5": int(rng.integers(1, 6))},
        some(rng, None, {}, {"L4-L5": "early"}, {"L5-S1": "late"}),
        some(rng, None, {}),
        some(rng, None, {}),
        some(rng, None, False, True),
        False,
        some(rng, None, False),
        False,
    )


def person(rng: np.random.Generator) -> Person:
    return Person(float(rng.uniform(20, 75)), some(rng, "male", "female", None), findings(rng))


def riskier(one: Person, rng: np.random.Generator) -> Person:
    """The same person with one more risk factor, or with less known."""
    found = one.findings
    changes: list[dict[str, Any]] = [{"osteoporosis": True}]
    if found.bulge is not None:
        # From unknown, a bulge at one level would also say that the others have none.
        changes += [{"bulge": {**found.bulge, "L4-L5": "early"}}]
    if found.disc_grade is not None:
        worse = {"L4-L5": min(found.disc_grade["L4-L5"] + 1, 5)}
        changes += [{"disc_grade": worse}]
    if found.osteoporosis is False:
        changes += [{"osteoporosis": None}]
    if found.bulge == {}:
        changes += [{"bulge": None}]
    change = some(rng, {"age": 1}, *changes)
    if "age" in change:
        return replace(one, age_years=float(rng.uniform(one.age_years, 80)))
    return replace(one, findings=replace(found, **change))


# Damage ----------------------------------------------------------------------------------------------------------------------


def peak(newtons: float) -> np.ndarray:
    return newtons * np.array([0.8, 0.8, 0.8, 0.8, 1.0, 0.9])


def schedule(rng: np.random.Generator) -> dict[str, Any]:
    """A person with ordinary days and two weeks of sessions."""
    return {
        "person": person(rng),
        "bend": float(rng.uniform(800, 2200)),
        "load": float(rng.uniform(1000, 2600)),
        "reps": float(rng.integers(5, 150)),
        "sessions": int(rng.integers(1, 4)),
        "job": float(some(rng, 0.0, rng.uniform(800, 2500))),
        "recovery": Recovery(sleep_h=8.0, stress=False, bent_h=0.0, body_mass_index=22.0),
    }


def damage(person: Person, bend: float, load: float, reps: float, sessions: int, job: float, recovery: Recovery) -> np.ndarray:
    usual = day_dose([Bout(peak(600.0), 8000.0), Bout(peak(bend), 30.0)])
    work = day_dose([Bout(peak(job), 50.0)]) if job else None
    done = day_dose([Bout(peak(load), reps)])
    days = [usual + (done if day % 7 in (0, 2, 4)[:sessions] else 0.0) + (0.0 if work is None else work) for day in range(14)]
    items = [Evidence(peak(bend), 0.7)]
    return probability(strength(person), items, usual, days, work, half_lives(recovery, person.age_years))


def worse_damage(rng: np.random.Generator, case: dict[str, Any]) -> dict[str, Any]:
    good = case["recovery"]
    return some(
        rng,
        {"reps": case["reps"] * rng.uniform(1, 3)},
        {"sessions": min(case["sessions"] + 1, 3)},
        {"load": case["load"] * rng.uniform(1, 1.3)},
        {"job": case["job"] + float(rng.uniform(0, 500))},
        {"recovery": replace(good, stress=True)},
        {"recovery": replace(good, stress=None)},
        {"recovery": replace(good, sleep_h=None)},
        {"recovery": replace(good, body_mass_index=33.0)},
        {"person": riskier(case["person"], rng)},
    )


def test_more_loading_or_more_risk_never_lowers_the_probability_of_damage():
    rng = np.random.default_rng(1)
    for _ in range(350):
        case = schedule(rng)
        change = worse_damage(rng, case)
        before, after = damage(**case), damage(**(case | change))
        assert np.isfinite(after).all()
        assert (after * EQUAL + 1e-12 >= before).all(), (change, before, after)


def test_what_slows_recovery_stretches_and_what_is_unknown_widens():
    rng = np.random.default_rng(2)
    for _ in range(600):
        known = Recovery(
            sleep_h=some(rng, 4.0, 8.0), stress=some(rng, True, False), bent_h=some(rng, 0.0, 5.0), body_mass_index=some(rng, 22.0, 34.0)
        )
        name = some(rng, "sleep_h", "stress", "bent_h", "body_mass_index")
        age = float(rng.uniform(20, 80))
        told, open_ = half_lives(known, age), half_lives(replace(known, **{name: None}), age)
        assert open_.max() >= told.min()
        best = replace(known, **{name: getattr(GOOD_RECOVERY, name)})
        assert half_lives(best, age).min() >= 1.0  # a good answer never shortens
        assert half_lives(best, age).mean() <= open_.mean() * EQUAL
        assert half_lives(best, age).mean() <= told.mean() * EQUAL


# Limits ----------------------------------------------------------------------------------------------------------------------


def allowed(one: Person, level: str, count: float, mass: float, evidence: bool) -> list[int]:
    loads = surrogate(mass)
    return [last(one, level, count, bends(loads) if evidence else (), loads(name, GRID)) for name in NAMES]


def test_one_more_risk_factor_or_unknown_never_allows_a_heavier_load():
    rng = np.random.default_rng(3)
    for _ in range(160):
        one, mass = person(rng), float(rng.uniform(50, 90))
        level, count, shown = some(rng, "strict", "standard", "cautious_work"), float(rng.uniform(0, 900)), bool(rng.random() < 0.7)
        other = riskier(one, rng)
        before, after = allowed(one, level, count, mass, shown), allowed(other, level, count, mass, shown)
        assert all(b <= a for a, b in zip(before, after, strict=True)), (one, other)


def test_more_loadings_and_more_protection_never_allow_a_heavier_load():
    rng = np.random.default_rng(4)
    for _ in range(100):
        one, mass = person(rng), float(rng.uniform(50, 90))
        few, often = allowed(one, "standard", 90.0, mass, True), allowed(one, "standard", 500.0, mass, True)
        strict = allowed(one, "strict", 90.0, mass, True)
        assert all(b <= a for a, b in zip(few, often, strict=True))
        assert all(b <= a for a, b in zip(few, strict, strict=True))


def test_removing_an_answer_never_enables_a_load():
    rng = np.random.default_rng(5)
    for _ in range(300):
        loads = surrogate(65.0)
        found = loads(some(rng, *NAMES), GRID)
        place = int(rng.integers(len(GRID)))
        converged = np.array(found.converged)
        converged[place] = False
        before, after = (last(WOMAN, "standard", 300.0, (), asked) for asked in (found, replace(found, converged=converged)))
        assert after <= before
        assert after < place or before < place


# Gates -----------------------------------------------------------------------------------------------------------------------


def entry(rng: np.random.Generator, day: int = 0, name: str = "squat_lift", worst: int = 8) -> Entry:
    def pain() -> float | None:
        return None if rng.random() < 0.2 else float(rng.integers(0, worst))

    return Entry(
        day=day, exercise=name, load_kg=float(rng.integers(0, 20)), sets=3, reps=int(rng.integers(1, 21)), pain_before=pain(), pain=pain(),
        pain_24h=pain(), pain_48h=pain(),
    )  # fmt: skip


def green(day: int, name: str, load_kg: float, reps: int) -> Entry:
    return Entry(day=day, exercise=name, load_kg=load_kg, sets=3, reps=reps, pain_before=1.0, pain=1.0, pain_24h=1.0, pain_48h=0.0)


def test_more_pain_never_opens_a_gate():
    rng = np.random.default_rng(6)
    for _ in range(2000):
        one = entry(rng)
        name = some(rng, "pain", "pain_24h", "pain_48h")
        if getattr(one, name) is None:
            # Noted pain says at least as much as a gap, unless it shows that all has settled.
            continue
        more = replace(one, **{name: float(rng.uniform(getattr(one, name), 10.0))})
        assert gates.EVENTS.index(gates.light(more)) >= gates.EVENTS.index(gates.light(one)), (one, more)


def test_pain_that_nobody_noted_is_never_green():
    rng = np.random.default_rng(7)
    for _ in range(800):
        one = entry(rng, worst=4)
        assert gates.light(replace(one, pain=None)) != "green"
        assert gates.light(replace(one, pain_24h=None, pain_48h=None)) != "green"
        assert gates.light(replace(one, pain=float(rng.uniform(5.01, 10)))) == "stop"
        assert gates.light(replace(one, red_flag=True)) == "red_flag"


# Re-planning -----------------------------------------------------------------------------------------------------------------


def log(rng: np.random.Generator, weeks: int) -> list[Entry]:
    """Green weeks, heavier by one kilogram each."""
    load = {name: float(rng.integers(1, 8)) for name in NAMES}
    return [green(7 * week + day, name, load[name] + week, 10) for week in range(weeks) for day in (0, 2, 4) for name in NAMES]


def caps(entries: list[Entry], weeks: int) -> dict[str, Any]:
    return dict(standing(request(), entries, weeks).caps)


def test_pain_never_raises_the_next_load():
    rng = np.random.default_rng(9)
    for _ in range(700):
        weeks = int(rng.integers(1, 6))
        entries = log(rng, weeks)
        before = caps(entries, weeks)
        place = int(rng.integers(len(entries)))
        hurt = replace(entries[place], pain=float(rng.uniform(3.1, 10)), pain_24h=some(rng, None, 0.0, 5.0, 7.0), pain_48h=None)
        painful = [*entries[:place], hurt, *entries[place + 1 :]]
        found = standing(request(), painful, weeks)
        last_week = hurt.day // 7 == weeks - 1
        for name, cap in before.items():
            assert found.caps[name].load_kg <= cap.load_kg + 1e-9
            if last_week:
                assert found.caps[name].dose <= cap.dose
                assert not found.caps[name].rises
        assert not (found.begin and last_week)


def test_absence_never_raises_the_next_load():
    rng = np.random.default_rng(10)
    for _ in range(500):
        weeks = int(rng.integers(1, 5))
        entries = log(rng, weeks)
        previous = caps(entries, weeks)
        for missed in range(1, 6):
            now = caps(entries, weeks + missed)
            for name, cap in now.items():
                assert cap.load_kg <= previous[name].load_kg + 1e-9
                assert cap.dose <= previous[name].dose
                assert not cap.rises
            previous = now


def test_a_stop_needs_clearance_and_starts_at_half():
    rng = np.random.default_rng(11)
    for _ in range(300):
        weeks = int(rng.integers(1, 4))
        entries = log(rng, weeks)
        entries[-1] = replace(entries[-1], pain=float(rng.uniform(5.5, 10)))
        assert standing(request(), entries, weeks).stop is not None
        leave = Entry(day=entries[-1].day + 1, exercise=CLEARANCE, load_kg=0.0, sets=0, reps=0)
        found = standing(request(), [*entries, leave], weeks)
        assert found.stop is None
        assert found.restart
        done = caps(log_of(entries), weeks)
        assert all(cap.load_kg <= 0.5 * done[name].load_kg + 1e-9 and cap.dose == 0 for name, cap in found.caps.items())


def log_of(entries: list[Entry]) -> list[Entry]:
    return [replace(item, pain=1.0) for item in entries]


@pytest.mark.parametrize("seed", range(6))
def test_the_plan_after_pain_or_absence_is_never_heavier(seed):
    rng = np.random.default_rng(100 + seed)
    loads, asked = surrogate(65.0), request(exercises=FOUR[:2], goal_exercise="hip_hinge", goal_kg=5.0, weeks=8)
    first = build(asked, loads)
    assert not isinstance(first, NoPlan)
    done = [
        green(session.day, dose.exercise, dose.load_kg, dose.reps)
        for session in first.plan.sessions
        if session.week < 3
        for dose in session.doses
    ]
    if seed % 2:
        found = standing(asked, done, 3 + 1 + seed // 2)
    else:
        hurt = [replace(item, pain=5.0, pain_24h=6.0 if seed else 5.0) if item.day >= 18 and rng.random() < 0.9 else item for item in done]
        found = standing(asked, hurt, 3)
    again = build(asked, loads, found)
    last = {item.exercise: item.load_kg for item in done if item.day // 7 == 2}
    if isinstance(again, NoPlan):
        return
    assert check(asked, again.plan, loads, found).accepted
    # The first load of every exercise, whether or not a week was left out before it.
    for name, kg in last.items():
        first = next((load for load in again.plan.loads_kg(name) if load is not None), 0.0)
        assert first <= min(kg, found.caps[name].load_kg) + 1e-9


# Plans -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(7))
def test_every_dose_of_every_session_is_within_that_weeks_limits_and_budget(seed):
    """The optimiser is the checker's adversary."""
    rng = np.random.default_rng(200 + seed)
    mass = float(rng.uniform(55, 90))
    who = replace(person(rng), findings=some(rng, BULGE, Findings.none(), findings(rng)))
    count = int(rng.integers(2, 5))
    chosen = [FOUR[i] for i in sorted(rng.choice(4, count, replace=False).tolist())]
    job = (Activity(task="lift_daily", load_kg=float(rng.uniform(0, 15)), times=10.0, days=5),) if rng.random() < 0.5 else ()
    asked = request(who, chosen, weeks=int(rng.integers(6, 9)), job=job, minutes=float(rng.uniform(20, 90)))
    loads = surrogate(mass)
    built = build(asked, loads)
    if isinstance(built, NoPlan):
        assert built.reason
        return
    verdict = check(asked, built.plan, loads)
    assert verdict.accepted, [str(v) for v in verdict.violations][:3]
    assert verdict.damage is not None
    assert verdict.damage.probability.max() <= 0.05
    for session in built.plan.sessions:
        for dose in session.doses:
            spec = asked.exercise(dose.exercise)
            assert spec is not None
            judged = built.setting.judged[session.week][built.setting.index(dose.exercise)]
            assert spec.loads_kg.index(dose.load_kg) <= judged.last


def wanderer(seed: int) -> Any:
    """A solver that takes any ways through the states, as long as they fit together."""

    def solve(network: Network, budget: float) -> tuple[list[Way], float]:
        rng = np.random.default_rng(seed)
        most, ways = network.most(budget), [network.off(e) for e in range(len(network.layers))]
        for place in rng.permutation(len(ways)).tolist():
            states, before = [], (-1, 0)
            for layer in network.layers[place]:
                before = some(rng, *[arc.after for arc in layer.arcs if arc.before == before])
                states.append(before)
            tried = [*ways[:place], network.way(place, tuple(states), some(rng, *network.spreads)), *ways[place + 1 :]]
            # A day left empty is no breach of a rule.
            if (sum(map(network.column, tried))[: -len(states) * 3] <= most[: -len(states) * 3]).all():
                ways = tried
        return ways, 0.0

    return solve


@pytest.mark.parametrize("seed", range(12))
def test_any_choice_of_ways_keeps_every_rule(seed):
    """What the optimiser may choose from is inside the rules, not only what it prefers."""
    loads, asked = surrogate(65.0), request(weeks=8)
    built = build(asked, loads, solver=wanderer(seed))
    if isinstance(built, NoPlan):
        assert built.rule == "damage"
        return
    verdict = check(asked, built.plan, loads)
    assert verdict.accepted, [str(v) for v in verdict.violations][:3]


def test_sessions_that_differ_gain_where_alike_ones_do_not_fit(monkeypatch):
    """Eight exercises and twelve sets a session: four exercises fit, unless they take turns."""
    from spinesim.analysis.plan import columns

    more = (*FOUR, exercise("romanian_deadlift"), exercise("farmer_carry"), exercise("step_up"))
    found: dict[str, list[Way]] = {}

    def solve(name: str) -> Any:
        def solver(network: Network, budget: float) -> Any:
            answer = milp_ways(network, budget)
            assert answer is not None
            found[name] = list(answer[0])
            return answer

        return solver

    asked = request(exercises=more, weeks=6)
    differ = build(asked, surrogate(65.0), solver=solve("differ"))
    monkeypatch.setattr(columns, "roles", lambda sessions: [(2,) * sessions])
    build(asked, surrogate(65.0), solver=solve("alike"))
    worth = {name: sum(way.worth for way in ways) for name, ways in found.items()}
    assert worth["differ"] > 1.01 * worth["alike"]
    assert len({way.roles for way in found["differ"]}) > 1
    assert not isinstance(differ, NoPlan)
    days = {session.day for session in differ.plan.sessions}
    assert len(days) == 3 * 6, "no day of a week is empty: a gate counts it as missed"
    assert check(asked, differ.plan, surrogate(65.0)).accepted


def test_the_same_request_gives_the_same_plan():
    asked = request(weeks=6)
    assert build(asked, surrogate(65.0)).plan == build(asked, surrogate(65.0)).plan  # type: ignore[union-attr]


# Refusals --------------------------------------------------------------------------------------------------------------------


def refused(rng: np.random.Generator) -> Any:
    """A way to give something that no plan may be made from."""
    far = float(some(rng, -1.0 - rng.exponential(), 1e5 + rng.exponential(), np.nan, np.inf))
    wrong = some(rng, "8", True, None, [1])
    return some(
        rng,
        lambda: request(weeks=some(rng, 5, 13, int(rng.integers(13, 99)))),
        lambda: request(goal_kg=far),
        lambda: request(minutes=far),
        lambda: request(hours_after_rising=far),
        lambda: request(goal_exercise="squats"),
        lambda: request(days=(0, int(rng.integers(7, 20)))),
        lambda: request(days=(0, 1, 4)),
        lambda: request(protection="none"),
        lambda: request(red_flags={"fever": "no"}),
        lambda: Exercise(name="x", loads_kg=(0.0, far), doses=LIFTS),
        lambda: Exercise(name="x", loads_kg=(2.0, 1.0), doses=STEPS),
        lambda: exercise("x", doses=((3, 8), (3, 8))),
        lambda: exercise("x", rest_s=far),
        lambda: Activity(task="x", times=far),
        lambda: Activity(task="x", times=wrong),
        lambda: Activity(task="x", times=1.0, days=int(some(rng, 0, 8, 30))),
        lambda: Proof(task="x", load_kg=far),
        lambda: Proof(task="x", kind="hearsay"),
        lambda: Recovery(sleep_h=far),
        lambda: Recovery(stress="low"),  # type: ignore[arg-type]
        lambda: replace(entry(rng), pain=far),
        lambda: replace(entry(rng), odi=far),
        lambda: replace(entry(rng), load_kg=far),
        lambda: replace(entry(rng), reps=wrong),
        lambda: standing(request(), [replace(entry(rng), exercise="squats")], 1),
        lambda: standing(request(), [replace(entry(rng), day=70)], 3),
    )


def test_what_is_out_of_range_or_of_another_kind_is_refused():
    rng = np.random.default_rng(12)
    for _ in range(1500):
        make = refused(rng)
        with pytest.raises((ValueError, TypeError)):
            make()


def test_open_or_positive_red_flags_stop_before_anything_else():
    rng = np.random.default_rng(13)
    for _ in range(200):
        flag = some(rng, *NO_FLAGS)
        answers = dict(NO_FLAGS) | {flag: some(rng, True, None)}
        found = build(request(red_flags=answers), _never)
        assert isinstance(found, NoPlan)
        assert found.rule == "red_flags"
        assert flag.replace("_", " ") in found.reason


def _never(*_: Any) -> Any:
    raise AssertionError("the model was asked")


def test_the_job_is_no_evidence():
    """Harder work never allows more exercise."""
    asked, loads = request(exercises=FOUR[1:2], weeks=6), surrogate(65.0)
    harder = replace(asked, job=(Activity(task="lift_daily", load_kg=12.0, times=15.0, days=5),))
    both = [build(one, loads) for one in (asked, harder)]
    assert not isinstance(both[0], NoPlan)
    if not isinstance(both[1], NoPlan):
        assert both[1].setting.judged[0][0].last <= both[0].setting.judged[0][0].last
        assert both[1].background_damage >= both[0].background_damage
