"""Fetch: bring a source from a hostile network into a file."""
