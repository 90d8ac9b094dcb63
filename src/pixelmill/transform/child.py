"""The child: the one process that decodes. It reads an order a line, writes a reply a line, and is killed at will.

Started by the sandbox as `python -m pixelmill.transform.child CONFIGURATION`, in a clean environment. It imports
little: no server, no settings, nothing that speaks to a network.
"""

import os
import sys
from time import monotonic
from typing import BinaryIO, Final

from pixelmill.domain.errors import PixelmillError, TransformCrashed
from pixelmill.transform.confine import confine
from pixelmill.transform.engine import forget_errors, start_engine, warm_up
from pixelmill.transform.failures import log_exception
from pixelmill.transform.guard import SourceLimits
from pixelmill.transform.order import ChildConfiguration, Done, Order, Ready, Reply, Tell
from pixelmill.transform.pipeline import fulfil

TELL_SECONDS: Final = 0.25
"""As often as the worker tells callers."""


def main() -> None:
    """Serve orders until the parent closes the pipe."""
    configuration = ChildConfiguration.model_validate_json(sys.argv[1])
    replies = _take_over_stdout()
    layers = confine(
        parent_pid=configuration.parent_pid,
        memory_bytes=configuration.memory_bytes,
        inbox=configuration.inbox,
        outbox=configuration.outbox,
    )
    start_engine()
    warm_up()
    replies.write(_line(Ready(layers=tuple(layers))))
    _serve(sys.stdin.buffer, replies, configuration.limits)


def _take_over_stdout() -> BinaryIO:
    # Whatever prints, in Python or in C, goes to the log instead of into a reply.
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return replies


def _serve(orders: BinaryIO, replies: BinaryIO, limits: SourceLimits) -> None:
    for line in orders:
        reply = _answer(Order.model_validate_json(line), limits, Telling(replies))
        replies.write(_line(reply))


class Telling:
    """Says how many variants are done, four times a second at most; nothing of an order that is done sooner."""

    def __init__(self, replies: BinaryIO) -> None:
        self._replies = replies
        self._told_at = monotonic()

    def __call__(self, done: int) -> None:
        """Say it, if it is time."""
        now = monotonic()
        if now - self._told_at >= TELL_SECONDS:
            self._told_at = now
            self._replies.write(_line(Done(done=done)))


def _line(said: Ready | Done | Reply) -> bytes:
    return said.model_dump_json().encode() + b"\n"


def _answer(order: Order, limits: SourceLimits, tell: Tell) -> Reply:
    forget_errors()
    try:
        return Reply(made=fulfil(order, limits, tell))
    except PixelmillError as error:
        return Reply(error=error.as_task_error())
    except Exception:  # noqa: BLE001 - the last border: this order gets an answer, and the next one a chance
        log_exception()
        return Reply(error=TransformCrashed().as_task_error())


if __name__ == "__main__":
    main()
