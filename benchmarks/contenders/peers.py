"""The peers: a bare sharp server, IPX, thumbor. Each as its documentation starts it, with its defaults.

What differs from a default makes the outputs the same: thumbor's JPEGs are not progressive, and no source or result is
kept, as every request is to be work.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.contenders.contender import Contender, http_contender
from benchmarks.places import FOLDER, THUMBOR
from benchmarks.wanted import Wanted
from tests.support.ports import free_port

THUMBOR_PROCESSES: Final = 2

_THUMBOR_CONFIGURATION: Final = """
STORAGE = "thumbor.storages.no_storage"
PROGRESSIVE_JPEG = False
"""


@asynccontextmanager
async def sharp() -> AsyncIterator[Contender]:
    """Node's http server and sharp: `sharp_server.mjs`."""
    base_url, port = _free_url()

    def url_of(wanted: Wanted) -> str:
        quality = f"&quality={wanted.quality}" if wanted.quality else ""
        return f"{base_url}/?url={wanted.url}&width={wanted.width}&format={wanted.output}{quality}"

    async with http_contender("sharp", ("node", FOLDER / "sharp_server.mjs", port), base_url, url_of) as contender:
        yield contender


@asynccontextmanager
async def ipx() -> AsyncIterator[Contender]:
    """IPX behind Node's http server: `ipx_server.mjs`."""
    base_url, port = _free_url()

    def url_of(wanted: Wanted) -> str:
        quality = f",q_{wanted.quality}" if wanted.quality else ""
        return f"{base_url}/w_{wanted.width},f_{wanted.output}{quality}/{wanted.url}"

    async with http_contender("IPX", ("node", FOLDER / "ipx_server.mjs", port), base_url, url_of) as contender:
        yield contender


@asynccontextmanager
async def thumbor() -> AsyncIterator[Contender]:
    """With as many processes as the loops have."""
    base_url, port = _free_url()

    def url_of(wanted: Wanted) -> str:
        quality = f":quality({wanted.quality})" if wanted.quality else ""
        return f"{base_url}/unsafe/{wanted.width}x0/filters:format({wanted.output}){quality}/{wanted.url}"

    with TemporaryDirectory() as folder:
        configuration = Path(folder) / "thumbor.conf"
        configuration.write_text(_THUMBOR_CONFIGURATION)
        options = ("--ip", "127.0.0.1", "--port", port, "--processes", str(THUMBOR_PROCESSES), "--conf", configuration)
        command = ("env", f"PYTHONPATH={THUMBOR}", sys.executable, "-m", "thumbor.server", *options)
        async with http_contender("thumbor", command, base_url, url_of) as contender:
            yield contender


def _free_url() -> tuple[str, str]:
    port = free_port()
    return f"http://127.0.0.1:{port}", str(port)
