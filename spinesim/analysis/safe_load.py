"""How much a person may carry in a task: the last load step within the tolerance of every tissue.

Every step from the unloaded task upwards is solved, in every frame; the limit is the last one before the first that is beyond
a tissue, has no answer, or lies outside the validated range. Nothing is interpolated.

Age, and degeneration of a disc, lower loads in the model as well as strengths: weaker muscles co-contract less, a low disc
hands load to the facets. A worse finding must never allow more, so the answer is the smallest over the person as given and
the same person with younger muscles and with discs less degenerate, each against the tissues as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Literal

from spinesim.analysis.demand import Demands, Task, demands, flexion_share, outside
from spinesim.analysis.judged import Judged, block_of, climb
from spinesim.analysis.tissue_limits import Limits, Shown, allowed_flexion, as_shown, exceedances, limits_of, parts, refusal, variances
from spinesim.analysis.tolerance import Findings, LoadError, Person, protection
from spinesim.analysis.tolerance.data import known, value
from spinesim.analysis.tolerance.data import within as in_range
from spinesim.analysis.tolerance.rule import EVIDENCE_KINDS
from spinesim.model import validate
from spinesim.model.anatomy import SpineModel
from spinesim.model.subject import Subject

Outcome = Literal["limit", "no", "gate", "refused"]

MOST_STEPS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceTask:
    """A task that the person tolerates now, after the last injury, flare-up or new finding.

    Parameters
    ----------
    task, load_kg
        What is done; its ``dynamic_factor`` should be 1 unless the pace is known, because more would count as shown.
    kind
        ``daily_life``, ``logged_training`` or ``supervised_training``.
    times_a_day, weeks
        How often and for how long without flare-up. Unknown, or less than weekly for four weeks, is no demonstrated floor;
        training logged for less than four weeks counts as daily life, supervised for less than twelve as logged.
    """

    task: Task
    load_kg: float
    kind: str = "daily_life"
    times_a_day: float | None = None
    weeks: float | None = None

    def __post_init__(self) -> None:
        known("tolerates.kind", self.kind, EVIDENCE_KINDS)
        for name in ("times_a_day", "weeks"):
            if getattr(self, name) is not None:
                in_range(f"safe_load.{name}", getattr(self, name), f"tolerates.{name}")

    @property
    def counted_as(self) -> str:
        """The kind that its duration supports."""
        weeks = self.weeks or 0.0
        if self.kind == "supervised_training" and weeks >= value("safe_load", "evidence", "supervised_weeks"):
            return self.kind
        long_enough = self.kind != "daily_life" and weeks >= value("safe_load", "evidence", "logged_weeks")
        return "logged_training" if long_enough else "daily_life"

    @property
    def habit(self) -> bool:
        """Whether it is done weekly for four weeks, as the demonstrated floor asks."""
        often = (self.times_a_day or 0.0) >= value("safe_load", "evidence", "weekly") - 1e-12
        return often and (self.weeks or 0.0) >= value("safe_load", "evidence", "floor_weeks")


@dataclass(frozen=True, slots=True)
class Change:
    """Something that would change the answer, and the answer then: kg, or ``None`` with the outcome."""

    what: str
    outcome: Outcome
    modelled_limit_kg: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What the largest exceedance of compression comes from.

    Attributes
    ----------
    level, exceedance
        Where, and how much.
    people, knowledge
        Shares of its variance that lie between people of whom the same is known, and in what is not known; together 1.
    low, high
        5th and 95th percentile of the chance among such people, over what is not known.
    narrowed_by
        Measurements by what they would leave of the variance of the margin, the most telling first.
    """

    level: str
    exceedance: float
    people: float
    knowledge: float
    low: float
    high: float
    narrowed_by: tuple[Measurement, ...]

    @classmethod
    def of(cls, asked: Demands, limits: Limits) -> Sources | None:
        """Of one load."""
        found = parts(asked, limits)
        if found is None:
            return None
        level, split = found
        before, after = variances(limits, level)
        by = sorted((Measurement(what, left / before) for what, left in after.items() if left < before), key=lambda m: m.left)
        return cls(level=level, **asdict(split), narrowed_by=tuple(by))


@dataclass(frozen=True, slots=True)
class Measurement:
    """Something that could be measured, and the share of the variance of ln(strength/load) that it would leave."""

    what: str
    left: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeLoad:
    """Loads within tolerance: from ``lowest_kg`` to ``modelled_limit_kg``.

    Attributes
    ----------
    outcome
        ``limit``; ``no``: not even unloaded; ``gate``: the posture bends further than findings allow, whatever the load;
        ``refused``: nothing can be said, for the reason in ``refused``. Only ``limit`` has kilograms, and 0 kg is one.
    protection, alpha
        Level of protection and its allowed exceedance.
    basis
        ``tolerance``, or ``demonstrated`` where a habit grants what the rule would refuse.
    tissue, level, phase
        What ends the range: a tissue, the validated range, or the model without an answer.
    why
        The same in words, with numbers.
    margin
        Share of the tightest limit that is left at the limit; of what was demonstrated, on that basis.
    utilisation, exceedance, exceedance_above
        By tissue and level, at the limit (unloaded, if there is none), and one step above.
    sources
        What the exceedance of compression at that load comes from; ``None`` where no table tells people from knowledge.
    load_error
        ``default`` or ``sampled``: which load errors gave the answer.
    what_would_change
        Other answers, each under one change.
    """

    task: str
    outcome: Outcome
    modelled_limit_kg: float | None = None
    lowest_kg: float | None = None
    step_kg: float
    protection: str
    alpha: float
    basis: Literal["tolerance", "demonstrated"] | None = None
    tissue: str | None = None
    level: str | None = None
    phase: str | None = None
    why: str = ""
    margin: float | None = None
    utilisation: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    exceedance: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    exceedance_above: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    sources: Sources | None = None
    load_error: Literal["default", "sampled"] = "default"
    what_would_change: tuple[Change, ...] = ()
    refused: str | None = None
    validated: bool = True
    notes: tuple[str, ...] = ()


def safe_load(
    model: SpineModel,
    subject: Subject,
    findings: Findings,
    task: Task,
    protection: str = "strict",
    evidence_tasks: Sequence[EvidenceTask] = (),
    step_kg: float = 1.0,
    *,
    daily_loadings: float | None = None,
    reps: float = 0.0,
    max_flexion_deg: float | None = None,
    law: str = "regression",
    explain: bool = True,
    samples: int = 0,
    seed: int = 0,
) -> SafeLoad:
    """The loads within tolerance of one person in one task.

    Parameters
    ----------
    findings
        What is known of the spine; its disc grades are the model's too.
    protection
        A level of :data:`~spinesim.analysis.tolerance.PROTECTION_LEVELS`.
    evidence_tasks
        What the person tolerates now, solved with the same model.
    step_kg
        Loads are multiples of it: the limit is rounded down.
    daily_loadings, reps
        Loadings of the spine on a usual day, and repetitions of this task on top; unknown counts as frequent.
    max_flexion_deg
        Own maximum of lumbar flexion; 60 if it was not measured.
    law
        Of compressive strength.
    explain
        Also say what would change the answer.
    samples, seed
        Number of drawn models for this person's own load error, and their seed; the lower of both answers counts.

    Raises
    ------
    TypeError, ValueError
        If an input cannot be understood. A number outside a range is an answer: ``refused``.
    """
    query = Query.of(
        model, subject, findings, task, protection, evidence_tasks, step_kg, daily_loadings, reps, max_flexion_deg, law
    )  # fmt: skip
    found = query.answer()
    if samples and found.outcome in ("limit", "no"):
        query, found = _sampled(query, found, samples, seed)
    if explain:
        from spinesim.analysis.safe_load_advice import advice

        found = replace(found, what_would_change=tuple(advice(query, found)))
    return found


def _sampled(query: Query, found: SafeLoad, samples: int, seed: int) -> tuple[Query, SafeLoad]:
    """The lower one of the answers with tabulated and with sampled load errors, and its question."""
    from spinesim.analysis.load_error import sampled_errors

    try:
        errors = sampled_errors(query, found.modelled_limit_kg or 0.0, samples, seed)
    except ValueError as error:
        return query, query.refused(str(error))
    other = replace(query, errors=errors)
    chosen = lower(found, replace(other.answer(), load_error="sampled"))
    note = f"load errors sampled with {samples} models (seed {seed}) for: {', '.join(errors) or 'no tissue'}"
    told = replace(chosen, notes=(*chosen.notes, f"{note}; the lower answer is that with {chosen.load_error} load errors"))
    return (other if chosen.load_error == "sampled" else query), told


@dataclass(frozen=True, kw_only=True)
class Query:
    """One question, with what was solved for it; :func:`dataclasses.replace` asks another about the same loads."""

    model: SpineModel
    subject: Subject
    findings: Findings
    task: Task
    protection: str
    evidence: tuple[EvidenceTask, ...]
    step_kg: float
    daily_loadings: float | None
    reps: float
    max_flexion_deg: float | None
    law: str
    errors: Mapping[str, LoadError] | None = None
    scanned: bool = False
    solved: dict[Any, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls, model: SpineModel, subject: Subject, findings: Findings, task: Task, level: str, evidence: Sequence[EvidenceTask],
        step_kg: float, daily_loadings: float | None, reps: float, max_flexion_deg: float | None, law: str,
    ) -> Query:  # fmt: skip
        """A question, understood: wrong kinds and unknown names are refused here."""
        validate.check_part(Subject, subject)
        protection(level)
        if not isinstance(findings, Findings):
            raise TypeError(f"findings: {findings!r} is not a Findings")
        subject, findings = agreed(subject, findings)
        in_range("safe_load.step_kg", step_kg, "step_kg")
        return cls(
            model=model, subject=subject, findings=findings, task=task, protection=level, evidence=tuple(evidence), step_kg=step_kg,
            daily_loadings=daily_loadings, reps=reps, max_flexion_deg=max_flexion_deg, law=law,
        )  # fmt: skip

    @property
    def loadings(self) -> float:
        """Loadings of the whole day; unknown is frequent."""
        usual = value("tissues", "shear", "frequent_to") if self.daily_loadings is None else self.daily_loadings
        return usual if self.daily_loadings is None else usual + self.reps

    def answer(self, *, full: bool = True) -> SafeLoad:
        """The answer without sampling and advice; not ``full``: without exceedances."""
        try:
            person = Person(self.subject.age_years, self.subject.sex, self.findings)
            if reason := refusal(self.findings) or "; ".join(outside(self.subject, self.task, 0.0)):
                return self.refused(reason)
            if bent := gate(self, person):
                return self._blank(outcome="gate", tissue="flexion gate", why=bent)
            lowest, steps = None, MOST_STEPS
            for subject in kin(self.model, self.subject):
                if below := self._below(subject, person, steps):
                    lowest, steps = (subject, *below), below[0].count
            if lowest is None:
                return self.refused(f"more than {MOST_STEPS} steps of {self.step_kg:g} kg")
            return self._told(*lowest, full=full)
        except ValueError as error:
            return self.refused(str(error))

    def limits(self, subject: Subject, person: Person) -> Limits:
        """All limits, with what the person demonstrates in the model of ``subject``."""
        return limits_of(person, self.protection, self.shown(subject), self.loadings, self.errors, self.law, scanned=self.scanned)

    def shown(self, subject: Subject) -> list[Shown]:
        """Tolerated tasks that the model has an answer for; the others tell nothing."""
        return [s for s in (self.show(subject, item) for item in self.evidence) if s.demands.converged.all()]

    def show(self, subject: Subject, item: EvidenceTask) -> Shown:
        """A tolerated task, solved."""
        key = ("shown", repr(subject), id(item))
        if key not in self.solved:
            # The item is kept with it: its number is its own as long as it lives.
            self.solved[key] = item, shown_demands(self.model, subject, item, self.max_flexion_deg)
        return Shown(f"{item.task.name} with {item.load_kg:g} kg", item.counted_as, item.habit, self.solved[key][1])

    def upto(self, subject: Subject, steps: int) -> Demands:
        """Demands of the first load steps, solved as far as they have not been; at most those that there are."""
        steps = min(steps, 1 if self.task.place == "none" else MOST_STEPS)
        key = ("ladder", repr(subject))
        have: Demands | None = self.solved.get(key)
        start = 0 if have is None else len(have.load_kg)
        if start < steps:
            loads = [round(self.step_kg * number, 9) for number in range(start, steps)]
            more = demands(self.model, subject, replace(self.task, dynamic_factor=1.0), loads, max_flexion_deg=self.max_flexion_deg)
            have = more if have is None else have.then(more)
            self.solved[key] = have
        assert have is not None
        return have.times(self.task.dynamic_factor)

    def _below(self, subject: Subject, person: Person, most: int) -> tuple[Judged, Limits] | None:
        """The loads judged in the model of ``subject``; ``None`` if it allows ``most`` steps or more."""
        if not most:
            return None
        limits, block = self.limits(subject, person), block_of(len(self.task.frames))
        judged = climb(lambda steps: self.upto(subject, steps), limits, self.shown(subject), most, block)
        return (judged, limits) if judged.count < most else None

    def _told(self, subject: Subject, judged: Judged, limits: Limits, *, full: bool) -> SafeLoad:
        """A judged ladder as an answer."""
        asked, count = judged.asked, judged.count
        end = judged.end(subject, self.task)
        told = self._blank(outcome="limit" if count else "no", tissue=end.tissue, level=end.level, phase=end.phase, why=end.why)
        if count:
            basis: Literal["tolerance", "demonstrated"] = "tolerance" if judged.ruled[count - 1] else "demonstrated"
            told = replace(
                told, modelled_limit_kg=float(asked.load_kg[count - 1]), lowest_kg=0.0, basis=basis, margin=judged.margin()
            )  # fmt: skip
        if not full:
            return told
        at, above = max(count - 1, 0), asked.step(count) if 0 < count < len(asked.load_kg) else None
        return replace(
            told,
            utilisation=judged.utilisation(at),
            exceedance=exceedances(asked.step(at), limits),
            sources=Sources.of(asked.step(at), limits),
            exceedance_above={} if above is None or not above.converged.all() else exceedances(above, limits),
        )

    def refused(self, reason: str) -> SafeLoad:
        """No answer, and why."""
        return self._blank(outcome="refused", refused=reason, validated=False)

    def _blank(self, **told: Any) -> SafeLoad:
        return SafeLoad(
            task=self.task.name, step_kg=self.step_kg, protection=self.protection, alpha=protection(self.protection),
            notes=tuple(notes(self)), **told,
        )  # fmt: skip


def shown_demands(model: SpineModel, subject: Subject, item: EvidenceTask, max_flexion_deg: float | None) -> Demands:
    """What a tolerated task asks of this person."""
    both = demands(model, subject, item.task, [item.load_kg, 0.0], max_flexion_deg=max_flexion_deg)
    return as_shown(both.step(0), both.step(1))


def agreed(subject: Subject, findings: Findings) -> tuple[Subject, Findings]:
    """Subject and findings with the same disc grades, and the tropism that facet angles of both sides tell.

    Raises
    ------
    ValueError
        If both name grades, and not the same.
    """
    told, grades = findings.disc_grade, dict(subject.disc_grade)
    if told is not None and grades and dict(told) != grades:
        raise ValueError(f"findings.disc_grade = {dict(told)} and subject.disc_grade = {grades} are not the same; give one of them")
    if grades and told is None:
        findings = replace(findings, disc_grade=grades)
    left, right = subject.facet_angle_left_deg, subject.facet_angle_right_deg
    if findings.tropism_deg is None and (both := left.keys() & right.keys()):
        findings = replace(findings, tropism_deg={level: abs(left[level] - right[level]) for level in both})
    return replace(subject, disc_grade=dict(told) if told else grades), findings


def gate(query: Query, person: Person) -> str:
    """Words for a posture that bends further than findings allow; empty if none does."""
    most = allowed_flexion(person)
    bent = max(flexion_share(query.model, posture, query.max_flexion_deg) for posture in query.task.frames)
    if bent <= most:
        return ""
    return f"lumbar flexion is {bent:.2f} of the person's own maximum; with these findings at most {most:.2f}, whatever the load"


def kin(model: SpineModel, subject: Subject) -> Iterator[Subject]:
    """The person, and the same one with younger muscles and with discs less degenerate."""
    onset = model.tables.value("scaling", "strength", "age_onset")
    ages = [subject.age_years, onset] if subject.age_years > onset else [subject.age_years]
    worst = max(subject.disc_grade.values(), default=1)
    for most in range(worst, 0, -1):
        grades = {level: min(grade, most) for level, grade in subject.disc_grade.items()}
        yield from (replace(subject, age_years=age, disc_grade=grades) for age in ages)


def steps_of(found: SafeLoad) -> int:
    """Number of load steps that an answer allows, the unloaded one among them."""
    return 0 if found.modelled_limit_kg is None else round(found.modelled_limit_kg / found.step_kg) + 1


def lower(one: SafeLoad, other: SafeLoad) -> SafeLoad:
    """The answer that allows less; the first if both allow the same."""
    return other if steps_of(other) < steps_of(one) else one


def notes(query: Query) -> Iterator[str]:
    """What a reader has to know of the input."""
    found = query.findings
    names = ("disc_grade", "bulge", "facet_loss", "tropism_deg", "osteoporosis", "vertebral_fracture", "steroids", "red_flags")
    if unknown := [name for name in names if getattr(found, name) is None]:
        yield f"unknown, so widened: {', '.join(unknown)}"
    if query.daily_loadings is None:
        yield "daily_loadings unknown: the limit of shear is that of frequent loading"
    if not query.evidence:
        yield "no task is told that the person tolerates now; one could only raise the limit"
    for item in query.evidence:
        what = f"{item.task.name} with {item.load_kg:g} kg"
        if not query.show(query.subject, item).demands.converged.all():
            reason = "; ".join(outside(query.subject, item.task, item.load_kg)) or "the model has no answer for it"
            yield f"not counted as evidence: {what}: {reason}"
        elif item.counted_as != item.kind:
            yield f"{what} counts as {item.counted_as}, because {item.kind} needs more weeks"
