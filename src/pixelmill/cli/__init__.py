"""Cli: the pixelmill command."""
