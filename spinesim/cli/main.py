"""The ``spinesim`` command: finds the subcommands and loads only the one that is asked for."""

from __future__ import annotations

import atexit
import os
import sys
from importlib import import_module
from typing import Final

import click

from spinesim import __version__

COMMANDS: Final = {
    "solve": "Loads of one case",
    "exercise": "Loads over a repetition of an exercise",
    "render": "A picture, a film or a 3D file of a case or a motion",
    "view": "The spine in a window or a browser, solved while sliders move",
    "specimen": "A segment without muscles on a bench",
    "safe-load": "Loads within tolerance of a person in a posture or exercise",
    "plan": "Weeks of graded loading within tolerance",
    "assess": "Loads, rhythm and symmetry of a recorded motion",
    "pathology": "What findings do to loads, rhythm and stability",
    "compare": "Cases side by side, with the uncertainty of their differences",
    "prom": "Scores of questionnaires, and whether a change matters",
    "validate": "The model beside published experiments",
    "export-html": "One offline page to look at: spine, sliders, numbers",
    "sweep": "Many cases from one config, into one file",
    "sensitivity": "Which random quantity of a sweep decides its results",
    "verify": "Check a result file and solve some of it again",
    "postures": "List the posture presets",
    "schema": "JSON schema of case, sweep, exercise, person and lesson files",
    "doctor": "Check the installation",
}

_EPILOG = """\b
Exit codes:
  0  converged
  2  wrong usage, or a fault in a case file or an override
  3  strength exceeded: no allowed muscle activation holds the case
  4  not converged
  5  invalid input: a value beyond the range that can be computed
  6  a file cannot be read or written, or is not what it was
  130  interrupted; a sweep goes on with --resume
After 2, 5 and 6 nothing is written; after 3 and 4 results are written with that status.
"""


class _Commands(click.Group):
    """Subcommands by module, imported when one is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the help text."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a module with its name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"spinesim.cli.{cmd_name.replace('-', '_')}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=_Commands, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="spinesim")
def main() -> None:
    """Loads of the lumbar spine, level by level, for a person, a posture and a load.

    An estimate by a model, not medical advice.
    """


def run() -> None:
    """The command as a process of its own: :func:`main`, then an end without taking everything down.

    To dispose of compiled code and modules one by one takes Python a third of a second, as long as a case from start to finish. Handlers
    of ``atexit`` run and all output is written; what nobody caught ends as ever, with its traceback.
    """
    try:
        main()
    except SystemExit as end:
        if end.code is not None and not isinstance(end.code, int):
            raise
        code = end.code or 0
        atexit._run_exitfuncs()
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except BrokenPipeError:  # nobody reads on
            code = code or 1
        os._exit(code)
