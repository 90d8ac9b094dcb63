"""Queue: the one place that knows BullMQ and Redis."""
