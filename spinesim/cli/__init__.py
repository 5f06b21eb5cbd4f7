"""The command line, one module a command."""

from spinesim.cli.main import main

__all__ = ["main"]
