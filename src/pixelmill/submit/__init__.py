"""Submit: validate a request, give it its identity, find its task or enqueue it."""
