"""Api: the HTTP role."""
