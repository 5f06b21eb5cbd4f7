"""``spinesim schema``: the JSON schemas of case, sweep, exercise, person, lesson and plan files and of a session log, for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from spinesim.cli.errors import reported
from spinesim.cli.files import PATH


@click.command("schema")
@click.argument("kind", type=click.Choice(["case", "sweep", "exercise", "person", "lesson", "plan", "log"]), default="case")
@click.option("-o", "--output", type=PATH, metavar="FILE", help="Write to a file instead of stdout.")
def command(kind: str, output: Path | None) -> None:
    """Print the JSON schema of case, sweep, exercise, person, lesson or plan files, or of a row of a session log."""
    with reported():
        text = json.dumps(_schema(kind), indent=2) + "\n"
        if output is None:
            click.echo(text, nl=False)
            return
        from spinesim.io.atomic import write_bytes

        write_bytes(output, text.encode())


def _schema(kind: str) -> dict[str, Any]:
    from spinesim.config.json_schema import exercise_schema, json_schema
    from spinesim.config.lesson import lesson_schema
    from spinesim.config.person_schema import person_schema
    from spinesim.config.plan_json_schema import log_schema, plan_schema
    from spinesim.config.sweep_json_schema import sweep_schema

    schemas = {"case": json_schema, "sweep": sweep_schema, "exercise": exercise_schema, "person": person_schema}
    return (schemas | {"lesson": lesson_schema, "plan": plan_schema, "log": log_schema})[kind]()
