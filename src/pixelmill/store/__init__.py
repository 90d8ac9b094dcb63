"""Store: where uploads and results lie; a local folder or an object store."""
