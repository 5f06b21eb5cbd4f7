"""How commands end when something is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Final

import click

CONFIG, STRENGTH, NOT_CONVERGED, INVALID, FILE = 2, 3, 4, 5, 6

EXIT_BY_STATUS: Final = {"converged": 0, "strength_exceeded": STRENGTH, "not_converged": NOT_CONVERGED, "invalid_input": INVALID}


class Failure(click.ClickException):
    """A message for stderr and an exit code."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.exit_code = code  # type: ignore[misc]

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message, one line for every fault."""
        for line in self.message.splitlines():
            click.echo(f"error: {line}", file=file, err=True)


@contextmanager
def reported() -> Iterator[None]:
    """Turn faults of configs and files into messages and exit codes."""
    from spinesim.config.errors import ConfigError

    try:
        yield
    except ConfigError as error:
        raise Failure(str(error), CONFIG) from None
    except OSError as error:
        raise Failure(f"{error.filename or 'file'}: {error.strerror or error}", FILE) from None
