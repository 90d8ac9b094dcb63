"""Audit: the trail of what happened to every task, in Postgres."""
