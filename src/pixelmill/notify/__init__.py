"""Webhooks: messages to whoever wants to be told that a task has ended."""
