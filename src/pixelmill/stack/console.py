"""What a person sees of `pixelmill up`: few lines, each worth reading."""

import sys


def say(line: str) -> None:
    """A line of news, on standard output."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
