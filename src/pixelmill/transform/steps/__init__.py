"""Steps: one image operation a file."""
