"""Store: where uploads and results lie. The one home of obstore."""
