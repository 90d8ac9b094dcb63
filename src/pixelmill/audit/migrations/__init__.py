"""Alembic's scripts: each version of the trail's schema, in order. They only go forward."""
