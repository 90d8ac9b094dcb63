"""Stack: pixelmill up, every server and role from one command."""
