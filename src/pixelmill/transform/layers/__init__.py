"""Layers: what stands between a decoder that was taken over and everything else. One file for each."""
