"""The field: who can be measured on this machine, and who cannot, with the reason."""

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from benchmarks.contenders import peers
from benchmarks.contenders.contender import Contender, Opening
from benchmarks.contenders.loops import loops
from benchmarks.contenders.pixelmill import service
from benchmarks.origin import Origin
from benchmarks.places import NODE_MODULES, THUMBOR


def whole_service(origin: Origin) -> dict[str, Opening]:
    """Pixelmill as a whole, the floor, and the peers, by name."""
    ours: dict[str, Opening] = {"Pixelmill": partial(service, origin), "floor": partial(loops, "floor", "floor")}
    return ours | _peers()


def transform_alone() -> dict[str, Opening]:
    """Pixelmill's transform, libvips' thumbnail, and the peers, by name."""
    ours: dict[str, Opening] = {
        "transform": partial(loops, "transform", "transform"),
        "thumbnail": partial(loops, "thumbnail", "thumbnail"),
    }
    return ours | _peers()


def missing() -> dict[str, str]:
    """Why a peer cannot be measured, by name."""
    reasons = dict[str, str]()
    if shutil.which("node") is None or not NODE_MODULES.is_dir():
        reasons |= dict.fromkeys(("sharp", "IPX"), "Node.js 20.9 or newer is needed")
    if not THUMBOR.is_dir():
        reasons["thumbor"] = "it could not be installed"
    return reasons


@asynccontextmanager
async def opened(openings: dict[str, Opening]) -> AsyncIterator[list[Contender]]:
    """Start all; they stay until the end, so that each has the same neighbors in every round."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(opening()) for opening in openings.values()]


def _peers() -> dict[str, Opening]:
    all_peers: dict[str, Opening] = {"sharp": peers.sharp, "IPX": peers.ipx, "thumbor": peers.thumbor}
    return {name: opening for name, opening in all_peers.items() if name not in missing()}
