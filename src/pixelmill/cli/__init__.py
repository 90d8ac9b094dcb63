"""Cli: the `pixelmill` command."""
