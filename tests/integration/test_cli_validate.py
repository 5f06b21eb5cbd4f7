"""``spinesim validate`` as a user calls it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
from click.testing import CliRunner

from spinesim.analysis import sampling
from spinesim.cli import validate as module
from spinesim.cli.main import main
from spinesim.config.evidence import load_cases
from spinesim.model.data import data_dir

CASE = (data_dir("cases") / "specimen/heuer-2007-axial.yaml").read_text(encoding="utf-8")


def run(*args):
    return CliRunner().invoke(main, ["validate", *args])


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "v.html"
    result = run("-o", str(path))
    return result, path.read_text(encoding="utf-8")


def folder(tmp_path, text, name="mine"):
    (tmp_path / "specimen").mkdir()
    (tmp_path / f"specimen/{name}.yaml").write_text(text.replace("id: heuer-2007-axial", f"id: {name}"), encoding="utf-8")
    return str(tmp_path)


def test_tables_read_in_a_terminal(page):
    lines = page[0].stdout.splitlines()
    assert max(map(len, lines)) <= 110
    text = page[0].stdout
    assert all(words in text for words in ("wilke-1999-standing", "hit (cal)", "miss", "All measurements", "Used for calibration"))


def test_one_object_with_everything():
    result = run("--only", "wilke-*", "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    cases = {case["id"]: case for case in found["cases"]}
    assert set(cases) == {case.id for case in load_cases() if case.id.startswith("wilke-")}
    assert cases["wilke-1999-standing"]["used_for_calibration"]
    assert cases["wilke-1999-standing"]["calibrated_parameter"] == "resting tone"
    assert [point["verdict"] for point in cases["wilke-1999-bent-forward"]["points"]][2:] == ["shown", "shown"]
    assert found["groups"]["in_vivo_pressure"]["absolute"]["count"] == 7
    assert found["summary"]["relative_percent"]["upper"] > found["summary"]["relative_percent"]["bias"]
    assert {"model_hash", "spinesim_version"} <= set(found["provenance"])


def test_misses_do_not_fail_but_cases_without_an_answer_do(tmp_path):
    assert run("--only", "pearcy-1984-lateral").exit_code == 0
    impossible = run("--cases", folder(tmp_path, CASE.replace("at: 7.5", "at: 70")))
    assert impossible.exit_code == 4
    assert "specimen.moment_Nm" in impossible.stdout


def test_list_asks_nothing(monkeypatch):
    monkeypatch.setattr(module, "_run", lambda *_: pytest.fail("asked the model"))
    result = run("--list", "--only", "specimen_rotation")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == [c.id for c in load_cases() if c.group == "specimen_rotation"]
    assert max(map(len, result.stdout.splitlines())) <= 110


def test_faults_are_named_and_nothing_is_written(tmp_path):
    target = tmp_path / "v.html"
    cases = folder(tmp_path, CASE.replace("status: derived", "status: guessed"))
    broken = run("--cases", cases, "-o", str(target))
    assert broken.exit_code == 2
    assert re.search(r"mine\.yaml:\d+:9: status: got 'guessed'; expected 'read' or 'derived'", broken.output)
    assert not target.exists()
    nothing = run("--only", "wilke-1999-standin")
    assert nothing.exit_code == 2
    assert "did you mean 'wilke-1999-standing'" in nothing.output
    assert run("-o", str(tmp_path / "no" / "v.html")).exit_code == 6
    assert run("--cases", str(tmp_path / "no")).exit_code == 6


class Loads(HTMLParser):
    """Collects what a page would fetch, and its balance of tags."""

    def __init__(self):
        super().__init__()
        self.fetched, self.open, self.ids = [], [], []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids += [given["id"]] if "id" in given else []
        self.fetched += [v for k, v in attrs if k in ("src", "srcset", "data") or (k == "href" and not v.startswith("#"))]
        if tag not in ("meta", "input", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_holds_every_case_and_fetches_nothing(page):
    reader = Loads()
    reader.feed(page[1])
    assert not reader.fetched
    assert not reader.open
    assert {case.id for case in load_cases()} <= set(reader.ids)
    assert "url(" not in page[1]
    assert "@import" not in page[1]
    assert "prefers-color-scheme: dark" in page[1]
    for verdict in ("hit", "miss"):
        assert f'<span class="chip {verdict}">{verdict}</span>' in page[1]
    assert "Not asked, and why" in page[1]


def test_bands_of_drawn_models_are_shown(monkeypatch, tmp_path):
    monkeypatch.setattr(sampling, "sample_models", lambda model, count, seed: [model] * count)
    target = tmp_path / "v.html"
    result = run("--only", "jaumard-2011-*", "--uncertainty", "3", "--json", "-o", str(target))
    found = json.loads(result.stdout)
    assert found["samples"] == 3
    assert found["provenance"]["seed"] == 1
    for point in (p for case in found["cases"] for p in case["points"]):
        assert point["p5"] == pytest.approx(point["model"])
        assert point["failed_samples"] == 0
    assert "5 to 95 % of 3 drawn" in target.read_text()
    text = run("--uncertainty", "2", "--only", "schendel-*").stdout
    assert "5 to 95 %" in text
    assert max(map(len, text.splitlines())) <= 110
