"""``spinesim schema``: the JSON schemas of case, sweep and person files, for editors."""

from __future__ import annotations

import json
from pathlib import Path

import click

from spinesim.cli.errors import reported


@click.command("schema")
@click.option("--kind", type=click.Choice(["case", "sweep", "person"]), default="case", show_default=True, help="Which files it describes.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write to a file instead of stdout.")
def command(kind: str, output: Path | None) -> None:
    """Print the JSON schema of case, sweep or person files."""
    with reported():
        if kind == "sweep":
            from spinesim.config.sweep_json_schema import sweep_schema as schema
        elif kind == "person":
            from spinesim.config.person_schema import person_schema as schema
        else:
            from spinesim.config.json_schema import json_schema as schema

        text = json.dumps(schema(), indent=2) + "\n"
        if output is None:
            click.echo(text, nl=False)
            return
        from spinesim.io.atomic import write_bytes

        write_bytes(output, text.encode())
