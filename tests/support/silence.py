"""A server that is there and says nothing: the outage that time limits are made for."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psutil


@contextmanager
def silent(pid: int) -> Iterator[None]:
    """Stop a process and all it started: its connections stay open, nothing answers. It goes on afterwards."""
    processes = [psutil.Process(pid)]
    processes += processes[0].children(recursive=True)
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGCONT)
