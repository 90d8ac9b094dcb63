"""A download that fails is counted, and logged without its URL: the path may be private, the query a password."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from pixelmill.domain.errors import PixelmillError
from pixelmill.domain.source_url import host_of
from pixelmill.telemetry import metrics

_log = structlog.get_logger()


@contextmanager
def reported(url: str) -> Iterator[None]:
    """Download something in here."""
    try:
        yield
    except PixelmillError as error:
        metrics.fetch_failures.labels(error.code).inc()
        _log.info("fetch_failed", host=host_of(url), code=error.code, cause=_cause_of(error))
        raise


def _cause_of(error: PixelmillError) -> str | None:
    """What the log may know: the kind of the exception and the operating system's words, but no URL."""
    cause = error.__cause__
    if cause is None:
        return None
    return f"{type(cause).__name__}: {cause.strerror}" if isinstance(cause, OSError) else type(cause).__name__
