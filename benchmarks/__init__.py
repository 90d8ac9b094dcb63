"""Benchmarks: each module is run by itself, prints one table, and says how it measures."""
