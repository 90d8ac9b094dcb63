"""A server that is there and says nothing: the outage that time limits are made for."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from tests.support.servers import PostgresServer, ValkeyServer


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


@contextmanager
def away(server: PostgresServer | ValkeyServer, outage: str) -> Iterator[None]:
    """Take a server away, `silent` or killed; it is back afterwards."""
    if outage == "silent":
        with silent(server.running.pid):
            yield
        return
    server.kill()
    yield
    server.start()
