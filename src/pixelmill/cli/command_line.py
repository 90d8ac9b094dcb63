"""The command line as a whole: mistakes in it are told in the words that requests and settings have."""

from typing import Any

import typer
from typer.core import TyperGroup


class CommandLine(TyperGroup):
    """Runs the command that was named; options that cannot be read are told in our words, and not in pydantic's."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - typer hides the type of the one, the other is any command's
        """Read the options and run the command."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            from pydantic import ValidationError

            if isinstance(error.__cause__, ValidationError):
                from pixelmill.domain.expectation import complaint

                error.message = "; ".join(map(complaint, error.__cause__.errors()))
            raise
