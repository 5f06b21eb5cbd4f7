"""Every fault of a sweep file is a ConfigError with file, line and column: thousands of spoiled files, and the known traps of YAML."""

from __future__ import annotations

import random
import re
import time

import pytest

from spinesim.config import ConfigError
from spinesim.config.case import apply_overrides
from spinesim.config.document import read_text
from spinesim.config.sweep import build_sweep, load_sweep, sweep_path
from spinesim.model.ranges import ranges

GOOD = """\
title: a
description: b
base:
  subject: {mass_kg: 70, disc_grade: {L4-L5: 2}}
  posture: lift_stoop
  load: {mass_kg: 5}
  solver: {exponent: 2}
vary:
  load.push_N: [0, 10]
  posture.stance: [both, left]
  subject.age_years: {range: [30, 60], count: 4}
  subject.mass_kg: {normal: [70, 10], within: [50, 100]}
  geometry.facets.L4-L5.gap: {uniform: [0, 0.2]}
  geometry.ligaments.LF.stiffness: {triangular: [100, 300, 500]}
zip:
  - {posture.knee_flexion_deg: [0, 10], load.hands: [left, both]}
derive:
  subject.stature_m: 1.0 + subject.mass_kg / 100
sampling: {samples: 8, method: halton, seed: 3}
outputs: [compression_N, {facet_force_N: {level: L4-L5, side: left}}]
summaries:
  - {percentiles: [5, 50, 95], by: [load.push_N]}
  - {histogram: {lo: 0, hi: 9, count: 4}, of: compression_N}
  - {worst: 3, of: compression_N}
"""
KEY = re.compile(r"[A-Za-z_][\w.@-]*(?=:)")
NUMBER = re.compile(r"(?<![\w.@-])\d+(?:\.\d+)?(?![\w.@-])")
NAME = re.compile(r"(?<=[\[ ])(?:lift_stoop|both|left|halton|compression_N|L4-L5|load\.push_N)(?=[\],}\n])")
BAD = [
    "010",
    "0x1f",
    "0o7",
    ".nan",
    ".NaN",
    "-.inf",
    "1e999",
    "no",
    "1 2",
    "[[1]]",
    "{a: 1}",
    "*a",
    "!!int 3",
    "'5'",
    '"5"',
    "true",
    "~",
    "1_0",
    "5 kg",
]


def fault(text, folder, *overrides):
    """The error of a text, after a look at its form; ``None`` if the text is a sweep."""
    start = time.process_time()
    error = raised(text, folder, overrides)
    # Generous: none takes a fifth of it.
    assert time.process_time() - start < 5.0, text[:200]
    for line in map(str, error.problems if error else ()):
        assert re.match(r"(s\.yaml|[^:]*\.csv):\d+:\d+: |--set ", line), line
        assert "expected " in line
        assert len(line) < 1500
    assert error is None or error.problems
    return error


def raised(text, folder, overrides):
    try:
        build_sweep(apply_overrides(read_text(text, "s.yaml"), overrides, sweep_path), folder)
    except ConfigError as error:
        return error
    return None


def spoiled(pattern, replacement, count, seed):
    """Texts in which one match is replaced, in an order that is always the same."""
    rng = random.Random(seed)
    matches = list(pattern.finditer(GOOD))
    for _ in range(count):
        match = rng.choice(matches)
        yield GOOD[: match.start()] + replacement(rng, match[0]) + GOOD[match.end() :]


def test_the_text_that_is_spoiled_is_good(tmp_path):
    assert fault(GOOD, tmp_path) is None


def test_numbers_that_are_none(tmp_path):
    for text in spoiled(NUMBER, lambda rng, _: rng.choice(BAD), 700, 1):
        assert fault(text, tmp_path), text


def test_unknown_keys(tmp_path):
    def misspelt(rng, key):
        place = rng.randrange(len(key))
        other = key[:place] + rng.choice(["", key[place] * 2, "x", "_"]) + key[place + 1 :]
        return other if other != key and other not in GOOD else f"{key}x"

    for text in spoiled(KEY, misspelt, 500, 2):
        assert fault(text, tmp_path), text


def test_duplicate_keys(tmp_path):
    rng = random.Random(3)
    lines = [line for line in GOOD.splitlines() if KEY.match(line.strip())]
    for _ in range(200):
        line = rng.choice(lines)
        error = fault(
            GOOD.replace(f"{line}\n", f"{line}\n{line.partition(':')[0]}: 1\n" if line[-1] != ":" else f"{line[:-1]}: 1\n{line}\n"),
            tmp_path,
        )
        assert error, line
        assert "a second time" in str(error), line


def test_misspelt_names(tmp_path):
    for text in spoiled(NAME, lambda rng, name: name[:-1] + rng.choice("xyzq7") + rng.choice(["", "a", "-"]), 200, 4):
        assert fault(text, tmp_path), text


def test_numbers_out_of_their_range(tmp_path):
    for key in (name for name in ranges() if name.count(".") == 1 and not name.startswith(("specimen", "case", "subject.bmi"))):
        name = key + {"subject.disc_grade": ".L4-L5", "subject.strength": ".psoas", "subject.tissue": ".facets.gap"}.get(key, "")
        name += ".psoas" if "activation" in key else ".L1-L2" if key.startswith(("subject.facet", "subject.segment")) else ""
        lo, hi = ranges()[key].computable
        for value in (lo - 1, hi + 1):
            for spec in (f"[{value:g}]", f"{{range: [{value:g}, {(lo + hi) / 2:g}], count: 2}}", f"{{uniform: [{lo - 1:g}, {hi + 1:g}]}}"):
                error = fault(f"vary:\n  {name}: {spec}\nsampling: {{samples: 2}}\n", tmp_path)
                assert error, (name, spec)
                assert "computable range" in str(error) or key == "subject.disc_grade", str(error)


def test_broken_brackets_and_quotes(tmp_path):
    for text in spoiled(re.compile(r"[\[\]{}]"), lambda rng, _: rng.choice(["", "'", '"', "&", "*", "%", "@", "`", "|"]), 300, 5):
        assert fault(text, tmp_path), text


def test_any_text_is_a_sweep_or_a_config_error(tmp_path):
    rng = random.Random(6)
    for _ in range(500):
        text = list(GOOD)
        for _ in range(rng.randint(1, 6)):
            start = rng.randrange(len(text))
            text[start : start + rng.randint(0, 30)] = rng.choice(
                ["{", "}", "[", "]", ": ", "- ", "\n", "  ", "\t", "#", "1", "é", "\x00", "&a ", "? "]
            )
        fault("".join(text), tmp_path)


def test_expressions_that_are_none(tmp_path):
    for text in (
        "load.mass_kg +",
        "open('x')",
        "subject.mas_kg",
        "2 ** 99",
        "().__class__",
        "1 if 1 else 2",
        "9" * 600,
        "-" * 90 + "1",
        "é",
        "sex",
    ):
        error = fault(GOOD.replace("1.0 + subject.mass_kg / 100", f"'{text}'" if "'" not in text else f'"{text}"'), tmp_path)
        assert error, text
        assert re.search(r"s\.yaml:18:22: derive\.subject\.stature_m: got .* in column \d+ of the expression; expected", str(error)), str(
            error
        )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"s\.yaml:1:1: got nothing that varies"),
        ("vary: {load.mass_lb: [1]}", r"s\.yaml:1:8: vary\.load\.mass_lb: got the unknown key .*did you mean 'load\.mass_kg'"),
        ("load: {mass_kg: 3}", r"s\.yaml:1:1: load: got the unknown key 'load'.*did you mean 'base\.load'"),
        ("vary: {load.mass_kg: [5, 99]}", r"s\.yaml:1:26: vary\.load\.mass_kg\.1: got 99; expected 0 to 60 kg"),
        ("vary: {load.mass_kg: [5, 5]}", r"got 5 a second time"),
        ("vary: {load.mass_kg: 5}", r"expected a list of values such as \[1, 2, 3\]"),
        ("vary: {load.mass_kg: {range: [0, 1], step: 0.3}}", r"s\.yaml:1:44: .*expected a step that leads from 0 to 1"),
        ("vary: {load.mass_kg: {range: [0, 1], step: -0.5}}", r"expected a step that leads"),
        ("vary: {load.mass_kg: {range: [0, 1], step: 0.5, count: 3}}", r"got count and step; expected one of them"),
        ("vary: {load.mass_kg: {range: [0, 1]}}", r"got neither count nor step"),
        ("vary: {load.mass_kg: {rnge: [0, 1]}}", r"expected a list of values .* or a mapping with one of range"),
        ("vary: {load.mass_kg: {range: [0, 1], conut: 3}}", r"did you mean 'count'"),
        ("vary: {subject.disc_grade.L4-L5: {range: [1, 4], count: 3}}", r"expected whole numbers"),
        ("vary: {subject.disc_grade.L4-L5: {uniform: [1, 4]}}", r"expected a list of whole numbers"),
        ("vary: {subject.sex: {uniform: [1, 4]}}", r"expected a list of names"),
        ("vary: {load.mass_kg: {normal: table}}", r"only geometry values have a table"),
        ("vary: {load.mass_kg: {normal: [5, 1]}}", r"expected the section sampling too"),
        ("vary: {load.mass_kg: [5]}\nsampling: {samples: 3}", r"s\.yaml:2:1: sampling: got sampling; expected a random quantity"),
        (
            "vary: {load.mass_kg: {normal: [5, 1]}}\nsampling: {samples: 2000000000}",
            r"s\.yaml:2:21: .*at most 1073741824 for the method sobol",
        ),
        ("vary: {load.mass_kg: {normal: [5, 1], within: [40, 50]}}", r"hold at least 1e-06 of the distribution"),
        ("vary: {posture: [standing], posture.preset: [sitting]}", r"a second time; .*it stands in s\.yaml:1:8 too"),
        ("vary: {posture.forearm_deg: [1], posture.forearm_deg.left: [1]}", r"beside posture\.forearm_deg"),
        ("vary: {posture: [standing], posture.flexion_deg: [3]}", r"two ways of saying one posture"),
        ("base: {posture: {flexion_deg: 3}}\nvary: {posture: [standing]}", r"two ways of saying one posture"),
        ("base: {posture: {flexion_deg: 3}}\nvary: {posture.trunk_inclination_deg: [3]}", r"s\.yaml:2:8: .*two ways"),
        (
            "base: {posture: {flexion_deg: 3}}\nvary: {load.mass_kg: [3]}\nderive: {posture.trunk_inclination_deg: load.mass_kg}",
            r"two w",
        ),
        ("vary: {posture.hand_position_mm.anterior: [300]}", r"expected anterior and superior"),
        (
            "base: {subject: {mass_kg: 900}}\nvary: {load.mass_kg: [3]}",
            r"s\.yaml:1:27: base\.subject\.mass_kg: got 900; expected 35 to 180 kg",
        ),
        ("zip: [{load.mass_kg: [1], load.push_N: [1, 2]}]", r"s\.yaml:1:7: zip\.0: got columns of unequal lengths"),
        ("table: {file: none.csv, columns: {load.mass_kg: a}}", r"s\.yaml:1:15: table\.file: .*No such file"),
        ("table: {file: ., columns: {load.mass_kg: a}}", r"table\.file: .*a CSV file that can be read"),
        ("outputs: [compresion_N]\nvary: {load.mass_kg: [1]}", r"s\.yaml:1:11: .*did you mean 'compression_N'"),
        ("outputs: [{kkt: {level: L4-L5}}]\nvary: {load.mass_kg: [1]}", r"kkt is one number"),
        ("outputs: [{facet_force_N: {level: L4L5}}]\nvary: {load.mass_kg: [1]}", r"did you mean 'L4-L5'"),
        ("outputs: [kkt, kkt]\nvary: {load.mass_kg: [1]}", r"s\.yaml:1:16: .*a second time"),
        ("summaries: [{worst: 3, of: kkt}]\nvary: {load.mass_kg: [1]}", r"expected one of the outputs"),
        ("summaries: [{percentiles: [5], by: [load.push_N]}]\nvary: {load.mass_kg: [1]}", r"expected a key of vary, zip or table"),
        ("summaries: [{histogram: {lo: 2, hi: 1, count: 3}, of: compression_N}]\nvary: {load.mass_kg: [1]}", r"expected more than lo"),
        ("postures: {a: {preset: stnding}}\nvary: {posture: [a]}", r"postures\.a\.preset: .*did you mean 'standing'"),
        ("x: &a [1]\nvary: {load.mass_kg: *a}", r"aliases are not read"),
        ("a: 1\n---\nb: 2", r"one config in a file"),
    ],
)  # fmt: skip
def test_fault_is_said_in_the_words_of_the_file(text, message, tmp_path):
    error = fault(text, tmp_path)
    assert error
    assert re.search(message, str(error)), str(error)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("load.push_N=3", r"--set load\.push_N=3: load\.push_N: got a value of the base case for a key that varies; .*vary\.load\.push_N="),
        ("vary.load.push_N=[1, 9999]", r"--set vary\.load\.push_N=\[1, 9999\]: .*expected -600 to 600 N"),
        ("vary.load.pus_N=[1]", r"did you mean 'load\.push_N'"),
        ("sampling.sampels=3", r"--set .*did you mean 'samples'"),
        ("geometry.facets.L4-L5.gap=1", r"--set .*unknown key"),
        ("vary=3", r"expected a mapping"),
        ("vary.load.push_N", r"expected KEY=VALUE"),
    ],
)
def test_a_faulty_override_names_its_option(override, message, tmp_path):
    error = fault(GOOD, tmp_path, override)
    assert error
    assert re.search(message, str(error)), str(error)


CSV = "mass,who,push\n60,male,1\n70,female,2\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (CSV.replace("70", "700"), r"people\.csv:3:1: got 700; expected 35 to 180 kg"),
        (CSV.replace(",1", ",010"), r"people\.csv:2:9: got '010'; expected a number"),
        (CSV.replace(",1", ",nan"), r"people\.csv:2:9: got 'nan'; expected a number"),
        (CSV.replace(",1", ",1e999"), r"people\.csv:2:9: got '1e999'; expected a number"),
        (CSV.replace(",1", ","), r"people\.csv:2:9: got nothing; expected a number"),
        (CSV.replace("female", "femal"), r"people\.csv:3:4: got 'femal'; expected one of male, female; did you mean 'female'"),
        (CSV.replace("70,", ""), r"people\.csv:3:1: got 2 cells; expected 3"),
        (CSV.replace("who", "mass"), r"table\.columns\.subject\.mass_kg: got the column 'mass' that stands there twice"),
        (CSV.replace("mass", "weight"), r"table\.columns\.subject\.mass_kg: got the column 'mass'; expected a column of"),
        ("mass,who,push\n", r"people\.csv:1:1: got no rows"),
        ('mass,who,push\n"60,male,1\n', r"people\.csv:2:1: got a broken line"),
        (b"mass,who,push\n60,m\xff,1\n", r"people\.csv:2:1: got bytes that are not UTF-8"),
        (CSV + "x,y,z\n" * 5000, r"perhaps more faults"),
    ],
)
def test_faults_of_tables_name_their_place(content, message, tmp_path):
    (tmp_path / "people.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    error = fault("table: {file: people.csv, columns: {subject.mass_kg: mass, subject.sex: who, load.push_N: push}}", tmp_path)
    assert error
    assert re.search(message, str(error)), str(error)


def test_a_grid_beyond_64_bits(tmp_path):
    keys = [name for name in ranges() if name.startswith(("load.", "posture.pelvic"))][:10]
    axes = "".join(f"  {key}: {{range: {list(ranges()[key].computable)}, count: 1000000000}}\n" for key in keys)
    error = fault(f"vary:\n{axes}", tmp_path)
    assert error
    assert re.search(r"s\.yaml:1:1: vary: got 1\.000E\+90 rows; expected at most 9\.223e\+18", str(error), re.IGNORECASE), str(error)
    assert fault("vary: {load.mass_kg: {range: [0, 1], count: 1000000001}}", tmp_path)


TRAPS = {
    "alias bomb": "a: &a [x, x]\n" + "".join(f"b{i}: &b{i} [*a, *a]\n" for i in range(1000)),
    "lists in lists": "vary: " + "[" * 100_000,
    "mappings in mappings": "vary: " + "{a: " * 100_000,
    "many unknown keys": "vary:\n" + "".join(f"  load.key{i}: [1]\n" for i in range(2400)),
    "many unknown muscles": "vary:\n" + "".join(f"  subject.strength.key{i}: [1]\n" for i in range(1600)),
    "many unknown tissues": "vary:\n" + "".join(f"  subject.tissue.a.key{i}: [1]\n" for i in range(1600)),
    "many unknown sections": "".join(f"key{i}: [1]\n" for i in range(1600)),
    "many unknown specs": "vary:\n" + "".join(f"  study.a{i}: {{rnge: 1}}\n" for i in range(1200)),
    "many unknown names": "vary: {study.a: [1]}\nderive:\n" + "".join(f"  study.b{i}: study.c{i}\n" for i in range(2000)),
    "many values": "vary: {load.mass_kg: [" + "1," * 50_000 + "]}",
    "a long text": "title: " + "x x\n " * 100_000,
    "digits": "vary: {load.mass_kg: [" + "9" * 400_000 + "]}",
    "escapes": 'vary: {"' + "\\x41" * 100_000 + '": [1]}',
    "nothing but lines": "\n" * 480_000,
    "tags": "vary: " + "!x " * 100_000,
    "a page of keys without values": "? " * 200_000,
}


@pytest.mark.parametrize("name", TRAPS)
def test_traps_end_in_an_error(name, tmp_path):
    assert fault(TRAPS[name], tmp_path)


def test_a_file_of_100_mb_is_not_read(tmp_path):
    path = tmp_path / "s.yaml"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(ConfigError, match=r"s\.yaml:1:1: got more than 500 kB"):
        load_sweep(path)
    with pytest.raises(FileNotFoundError):
        load_sweep(tmp_path / "none.yaml")
    path.write_bytes(b"title: \xff\n")
    with pytest.raises(ConfigError, match="UTF-8"):
        load_sweep(path)
