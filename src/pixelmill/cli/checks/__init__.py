"""Checks: what `pixelmill doctor` looks at. Each says what it found, and how to repair what is wrong."""
