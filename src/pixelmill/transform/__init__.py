"""Transform: the one place that loads libvips; pixels are touched in killable children only."""
