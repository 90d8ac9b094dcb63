"""Expire: what may go, and the sweep that removes it."""
