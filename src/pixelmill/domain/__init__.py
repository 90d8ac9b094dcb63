"""Values and rules: what a task, a source, a transformation and a variant are. No I/O."""
