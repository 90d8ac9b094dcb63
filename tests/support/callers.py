"""Callers that use a service at the same time, as long as a test does something else."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def callers(count: int, call: Callable[[int, threading.Event], None]) -> Iterator[None]:
    """So many threads that call meanwhile; what one of them raises is raised at the end, or noted if the test failed.

    Args:
        count: How many.
        call: What each does, until the event is set; given its number, from 0.
    """
    is_over = threading.Event()
    with ThreadPoolExecutor(count) as pool:
        calls = [pool.submit(call, number, is_over) for number in range(count)]
        try:
            yield
        except BaseException as error:
            is_over.set()
            for failure in filter(None, (each.exception() for each in calls)):
                error.add_note(f"A caller had ended with {failure!r}.")
            raise
        is_over.set()
        for each in calls:
            each.result()
