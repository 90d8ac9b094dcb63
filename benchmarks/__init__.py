"""Benchmarks: Pixelmill beside a plain loop and its peers, on the same sources, in one interleaved run."""
