"""`pixelmill version`: what is installed."""

import platform

import typer


def version() -> None:
    """Print the version of Pixelmill and of Python."""
    from pixelmill import __version__

    typer.echo(f"pixelmill {__version__} (Python {platform.python_version()})")
