"""The command line, one module a command."""

from spinesim.cli.main import main, run

__all__ = ["main", "run"]
