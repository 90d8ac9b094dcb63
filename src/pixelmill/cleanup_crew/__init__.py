"""Cleanup crew: the role that expires tasks and removes their files."""
