"""Client: the Python client library."""
