"""The steps from a decoded source to a variant: one image operation a file, each a `Step` of `making`."""
