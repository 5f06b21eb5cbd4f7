"""What does poor pelvic control do to a woman of 42 with an L4-L5 bulge, and how does she get back to lifting?

From a recording to an assessment, what the fault does, which loads she may take, ten weeks of graded loading, a log with one flare-up and
missed sessions, and the plan from there. Writes ``case_l4l5_bulge.html``, one page that needs no network. Woman and recording are made up.
"""

import contextlib
import io
import json
import tempfile
from html import escape
from pathlib import Path

from spinesim.cli import main as spinesim
from spinesim.model.data import data_dir

HERE = Path(__file__).resolve().parent
CONFIGS = data_dir("configs")
PERSON, PLAN = str(CONFIGS / "persons" / "woman_42_bulge.yaml"), str(CONFIGS / "plan_bulge.yaml")
BODY = ("subject.mass_kg=65", "subject.stature_m=1.65", "subject.sex=female", "subject.age_years=42")
DRILLS = (
    "Before each session, without a load: pelvic tilts on all fours and hinges along a stick, until the pelvis moves first. Seven hours of "
    "sleep and no long bending at work are told to the plan: less sleep or more bending would slow recovery in it."
)
LATER = "A flare-up at the end of the third week, and two sessions missed in the fourth. Pain or absence never raises the next load."
STYLE = """
:root { color-scheme: light dark; } body { font: 17px/1.55 system-ui, sans-serif; max-width: 78rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 3rem; border-top: 1px solid #8886; padding-top: 1rem; } iframe { width: 100%; height: 46rem; border: 1px solid #8886; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; } th, td { padding: .25rem .8rem; border-bottom: 1px solid #8886;
text-align: right; } th:first-child, td:first-child { text-align: left; } .scroll { overflow-x: auto; }
.warn { border-left: 6px solid #c8641b; padding: .5rem 1rem; }
"""


def run(*args: str) -> str:
    """What a command prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        spinesim(list(args), standalone_mode=False)
    return out.getvalue()


def answer(*args: str) -> dict:
    return json.loads(run(*args, "--json"))


def rows(heads: list[str], cells: list[list[str]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in row)}</tr>" for row in cells)
    return f"<div class='scroll'><table><tr>{head}</tr>{body}</table></div>"


def page(path: Path) -> str:
    return f'<iframe srcdoc="{escape(path.read_text(encoding="utf-8"), quote=True)}" title="report"></iframe>'


def assessed(folder: Path) -> tuple[str, dict]:
    """Step 1: the recording."""
    report = folder / "motion.html"
    told = answer("assess", str(HERE / "bows.trc"), "--subject", PERSON, "-o", str(report))
    return f"<p>Three bows to the floor, markers at 50 Hz.</p>{page(report)}", told


def fault(told: dict) -> str:
    """Step 2: the same inclination with her rhythm and with a healthy one."""
    deepest = max(told["bends"], key=lambda bend: bend["depth_deg"])
    share = deepest["lumbar_deg"] / deepest["depth_deg"]
    persons = [f"--set={text}" for text in BODY]
    cells = []
    for name, more in (("her rhythm", [f"--set=posture.lumbar_share={share:.3f}"]), ("rhythm of healthy adults", [])):
        found = answer("solve", *persons, f"--set=posture.trunk_inclination_deg={deepest['depth_deg']:.1f}", *more)
        level = found["levels"]["L4-L5"]
        ligaments = sum(level["ligament_tension_N"].values())
        cells.append([name, f"{level['flexion_deg']:.0f}", f"{level['disc_compression_N']:.0f}", f"{level['intradiscal_pressure_MPa']:.2f}",
                      f"{-level['disc_moment_Nm']['z']:.1f}", f"{ligaments:.0f}"])  # fmt: skip
        print(f"{name}: L4-L5 flexed {cells[-1][1]} deg, disc {cells[-1][2]} N, ligaments {cells[-1][5]} N")
    heads = ["bent as deep as she goes", "flexion L4-L5, °", "disc, N", "pressure, MPa", "disc moment, N m", "ligaments, N"]
    text = f"At {deepest['depth_deg']:.0f}° of inclination her lumbar spine takes {100 * share:.0f} %. What that does, without a load:"
    return (
        f"<p>{text}</p>{rows(heads, cells)}<p>Flexion is what a bulge behind is sensitive to; compression hardly tells the two apart.</p>"
    )


def weaknesses() -> str:
    """Step 2, too: what the faults of such a back cost in load, and what in stability."""
    told = {item["name"]: item for item in answer("pathology", "degenerated_disc", "multifidus_atrophy", "late_transversus")["findings"]}
    told |= {item["name"]: item for item in answer("pathology", "weak_extensors", "gluteal_deficit", "co_contraction")["findings"]}
    heads = ["what if", "standing: compression L4-L5", "gain needed", "bent 30° with 10 kg: compression L4-L5", "gain needed"]
    cells = []
    for item in told.values():
        costs = [(cost["load"], cost["stability"]) for cost in item["costs"]]
        cells.append([item["title"], *(f"{round(100 * part):+d} %" for pair in costs for part in pair)])
        print(f"{item['title']}: bent with 10 kg {cells[-1][3]} load, {cells[-1][4]} gain that stability needs")
    text = (
        "Not every deficit that costs stability costs load. The gain is the least short-range stiffness of active muscle with which the "
        "posture is stable: more is less stable. Each in the reference adult, beside the same without:"
    )
    return f"<p>{text}</p>{rows(heads, cells)}"


def loads() -> str:
    """Step 3: load ranges, and what would change them."""
    cells = []
    for exercise in ("partial_hip_hinge", "hip_hinge", "suitcase_carry"):
        for stage in ("early", "late"):
            found = answer("safe-load", PERSON, "--exercise", exercise, "--protection", "standard", f"--set=findings.bulge.L4-L5={stage}")
            limit = found["modelled_limit_kg"]
            cells.append([exercise.replace("_", " "), stage, found["outcome"] if limit is None else f"0 to {limit:g} kg", found["why"]])
    print("\n".join(f"{cell[0]} ({cell[1]}): {cell[2]}" for cell in cells))
    return rows(["exercise", "weeks", "loads within tolerance", "what limits"], cells)


def planned(folder: Path, name: str, *more: str) -> str:
    """Steps 4 and 5: the plan, and the plan after the log."""
    report = folder / f"{name}.html"
    told = answer("plan", PLAN, "-o", str(report), *more)
    print(f"{name}: {told['status']}, {len(told['weeks'])} weeks, gates {told['gates'] or 'none yet'}")
    return page(report)


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        motion, told = assessed(folder)
        steps = [
            ("1 Recording and assessment", motion),
            ("2 What the fault does", fault(told) + weaknesses()),
            ("3 Loads within tolerance", loads()),
            ("4 Ten weeks", f"<p>{DRILLS}</p>{planned(folder, 'plan')}"),
            (
                "5 Four weeks later",
                f"<p>{LATER}</p>{planned(folder, 'replan', '--log', str(HERE / 'sessions.csv'), '--as-of', '2026-12-20')}",
            ),
        ]
    body = "".join(f"<h2>{escape(title)}</h2>{text}" for title, text in steps)
    head = (
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>A case: L4-L5 bulge</title><style>{STYLE}</style>'
    )
    notice = '<p class="warn">A made-up case for professionals. An estimate by a model, not medical advice.</p>'
    html = f"<!doctype html><html lang='en'><head>{head}</head><body><h1>A woman of 42 with an L4-L5 bulge</h1>{notice}{body}</body></html>"
    Path("case_l4l5_bulge.html").write_text(html, encoding="utf-8")
    print("case_l4l5_bulge.html: open it in a browser")


if __name__ == "__main__":
    main()
