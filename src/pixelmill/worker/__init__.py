"""Worker: the role that fetches, transforms and stores."""
