"""Structured logs: JSON lines for machines, colors for a person at a terminal."""

import io
import logging
import sys
from contextlib import suppress
from typing import Literal, TextIO, cast

import structlog

LogFormat = Literal["auto", "json", "console"]

# Without the values of local variables, which structlog adds by default: there are passwords among them.
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=20)
)


class _Output:
    """Standard error, for lines that may be lost.

    Whoever reads it may be killed first, and a request or a task must not fail because nobody hears of it: an accepted
    task would be answered as an error.
    """

    def write(self, text: str) -> None:
        with suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


def configure_logs(*, role: str, level: str, log_format: LogFormat) -> None:
    """Set up structlog and the standard library's logging for one process.

    Args:
        role: Name of the process, written with every line.
        level: Lowest level written.
        log_format: `auto` writes JSON unless standard error is a terminal.
    """
    _take_the_buffer_away()
    as_console = log_format == "console" or (log_format == "auto" and sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if as_console
        else [_TRACEBACKS, structlog.processors.JSONRenderer()]
    )
    output = _Output()
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, *renderer],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", output)),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(output)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(threshold, logging.WARNING), force=True)
    structlog.contextvars.bind_contextvars(role=role)


def _take_the_buffer_away() -> None:
    """Have standard error keep nothing, as PYTHONUNBUFFERED does.

    What could not be written would stay in its buffer and fail whoever flushes it later: multiprocessing does, before
    it starts a process, and Python itself at its end.
    """
    stream = sys.stderr
    if isinstance(stream, io.TextIOWrapper) and isinstance(stream.buffer, io.BufferedWriter):
        unbuffered = io.FileIO(stream.fileno(), "w", closefd=False)
        sys.stderr = io.TextIOWrapper(
            cast("io.BufferedWriter", unbuffered), stream.encoding, stream.errors, write_through=True
        )


def silence_logs() -> None:
    """Write no logs: for a command that itself says all that went wrong."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
