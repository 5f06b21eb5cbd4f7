"""``spinesim postures``: the presets and what they are."""

from __future__ import annotations

import click

from spinesim.cli.errors import reported


@click.command("postures")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List the posture presets; with a NAME, print that preset as YAML to copy into a case."""
    with reported():
        from spinesim.config.presets import describe, names, source

        if name is not None:
            click.echo(source(name), nl=False)
            return
        width = max(map(len, names()))
        for preset in names():
            click.echo(f"{preset.ljust(width)}  {describe(preset)}")
