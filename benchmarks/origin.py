"""The origin: nginx on loopback, serving the sources, at so little cost that it favors nobody."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx

from benchmarks.places import SOURCES
from benchmarks.sources import Source
from pixelmill.stack.servers import nginx
from tests.support.ports import free_port
from tests.support.servers import RunningProcess
from tests.support.wait import wait_until

_CONFIGURATION: Final = """
worker_processes 1; pid {run}/nginx.pid;
events {{ }}
http {{
  access_log off; sendfile on; keepalive_timeout 60s; keepalive_requests 1000000;
  client_body_temp_path {run}; proxy_temp_path {run}; fastcgi_temp_path {run}; uwsgi_temp_path {run};
  scgi_temp_path {run};
  types {{ image/jpeg jpg; image/png png; image/webp webp; image/avif avif; }}
  server {{ listen 127.0.0.1:{port}; root {root}; rewrite ^/[0-9]+/(.*)$ /$1 break; }}
}}
"""


@dataclass(frozen=True)
class Origin:
    """A running origin."""

    port: int

    def url(self, source: Source, edition: int = 0) -> str:
        """Where a source is. Each edition of it has a URL of its own, that no cache knows."""
        return f"http://127.0.0.1:{self.port}/{edition}/{source.path.name}"


@contextmanager
def running_origin() -> Iterator[Origin]:
    """Serve the folder of the sources on a free port."""
    with TemporaryDirectory(prefix="pixelmill-origin-") as folder:
        run, port = Path(folder), free_port()
        (run / "nginx.conf").write_text(_CONFIGURATION.format(run=run, port=port, root=SOURCES))
        running = RunningProcess(nginx.process(run), run / "nginx.log")
        running.start()
        try:
            wait_until(lambda: _answers(port))
            yield Origin(port)
        finally:
            running.stop()


def _answers(port: int) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{port}/")
    except httpx.TransportError:
        return False
    return True
