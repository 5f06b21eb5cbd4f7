"""``spinesim schema``: the JSON schemas of case and exercise files, for editors."""

from __future__ import annotations

import json
from pathlib import Path

import click

from spinesim.cli.errors import reported


@click.command("schema")
@click.argument("kind", type=click.Choice(["case", "exercise"]), default="case")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write to a file instead of stdout.")
def command(kind: str, output: Path | None) -> None:
    """Print the JSON schema of case files, or of exercise files."""
    with reported():
        from spinesim.config.json_schema import exercise_schema, json_schema

        text = json.dumps(json_schema() if kind == "case" else exercise_schema(), indent=2) + "\n"
        if output is None:
            click.echo(text, nl=False)
            return
        from spinesim.io.atomic import write_bytes

        write_bytes(output, text.encode())
