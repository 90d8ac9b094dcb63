"""Pixelmill: self-hosted, asynchronous image resizing."""

from importlib.metadata import version

__version__ = version("pixelmill")
