"""Who is measured: each starts its servers, makes images, and says which processes are its own."""
