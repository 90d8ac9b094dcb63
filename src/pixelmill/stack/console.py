"""What a person sees of `pixelmill up`: few lines, each worth reading."""

import sys


def say(line: str) -> None:
    """A line of news, on standard output."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def complain(line: str) -> None:
    """Why it does not go on, on standard error."""
    sys.stderr.write(f"pixelmill up: {line}\n")
    sys.stderr.flush()
