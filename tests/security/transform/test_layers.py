"""Each layer by itself, and what becomes of a child where a layer cannot be had."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pixelmill.transform.layers import calls, files
from pixelmill.transform.layers.layer import LayerName
from tests.support import without_layers

FILES_ALONE = """
import ctypes, os, socket, sys
from pathlib import Path
from pixelmill.transform.layers.files import confine_files, landlock_version
desk = Path(sys.argv[1])
assert confine_files(landlock_version(), desk, desk).is_active
try:
    exec(sys.argv[2])
except OSError as error:
    print(error.strerror)
else:
    print("allowed")
"""


def with_files_alone(desk: Path, attempt: str) -> str:
    if not files.landlock_version():
        pytest.skip("this kernel has no Landlock")
    command = [sys.executable, "-c", FILES_ALONE, str(desk), attempt]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize(
    "attempt",
    [
        "open('/etc/passwd')",
        "open(f'/proc/{os.getppid()}/environ')",
        "open(desk.parent / 'planted', 'w')",
        "open('/dev/null', 'w')",
        "os.execv('/bin/sh', ['sh'])",
        "os.symlink('/etc/passwd', desk / 'link')",
        "os.mkdir(desk / 'folder')",
        "open(desk / 'a', 'w'); os.rename(desk / 'a', desk / 'b')",
        "open(desk / 'a', 'w'); os.unlink(desk / 'a')",
    ],
)
def test_landlock_confines_files_without_any_filter(tmp_path: Path, attempt: str) -> None:
    """Where system calls cannot be filtered, files are out of reach all the same."""
    assert with_files_alone(tmp_path, attempt) == "Permission denied"


def test_landlock_leaves_the_desk(tmp_path: Path) -> None:
    """What is refused elsewhere is allowed there."""
    assert (
        with_files_alone(tmp_path, "open(desk / 'variant', 'w').write('x'); open(desk / 'variant').read()") == "allowed"
    )


def test_landlock_refuses_tcp_without_any_filter(tmp_path: Path) -> None:
    """From the version on that knows of it."""
    if files.landlock_version() < files.TCP_VERSION:
        pytest.skip("this kernel's Landlock knows nothing of TCP")
    with socket.create_server(("127.0.0.1", 0)) as server:
        attempt = f"socket.socket().connect({server.getsockname()!r})"

        assert with_files_alone(tmp_path, attempt) == "Permission denied"


@pytest.mark.parametrize("attempt", ["os.kill(os.getppid(), 0)", "os.kill(1, 0)"])
def test_landlock_refuses_signals_to_others(tmp_path: Path, attempt: str) -> None:
    """From the version on that knows of them."""
    if files.landlock_version() < files.SIGNALS_VERSION:
        pytest.skip("this kernel's Landlock knows nothing of signals")

    assert with_files_alone(tmp_path, attempt) == "Operation not permitted"


SANDBOX = """
import asyncio, sys
from pathlib import Path
from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import Transformation
from pixelmill.settings import TransformSettings
from pixelmill.transform.order import Order
from pixelmill.transform.sandbox import Sandbox
from pixelmill.cli.checks import tiny_images

async def main(folder):
    (folder / "source").write_bytes(tiny_images.png())
    variants = folder / "variants"
    variants.mkdir()
    async with Sandbox(TransformSettings(processes=1), folder) as sandbox:
        order = Order(source_path=folder / "source", format=ImageFormat.PNG, scratch_dir=variants,
                      variants={"image": Transformation(width=8)})
        made = await sandbox.transform(order)
        print("[" + ",".join(layer.model_dump_json() for layer in sandbox.layers) + "]")
        print(made.variants["image"].path.stat().st_size)

asyncio.run(main(Path(sys.argv[1])))
"""


@pytest.mark.parametrize("error", ["ENOSYS", "EPERM"])
def test_what_the_kernel_lacks_is_told_and_keeps_nobody_from_starting(tmp_path: Path, error: str) -> None:
    """An old kernel, or a container that forbids it: images are made behind the layers that are left."""
    if not calls.has_filters():
        pytest.skip("this kernel has no filters for system calls to take the layers away with")
    command = [sys.executable, without_layers.__file__, error, sys.executable, "-c", SANDBOX, str(tmp_path)]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    told, size = run.stdout.splitlines()

    layers = {layer["name"]: layer for layer in json.loads(told)}
    assert {name for name, layer in layers.items() if layer["is_active"]} == {LayerName.LIMITS, LayerName.PRIVILEGES}
    assert "has no Landlock" in layers[LayerName.FILES]["says"]
    assert "has no filters" in layers[LayerName.CALLS]["says"]
    assert int(size) > 0


def test_a_child_has_one_thread_when_it_is_confined() -> None:
    """Most layers hold for the thread that asks for them, and for those it starts: there must be no other yet."""
    listing = "import os, pixelmill.transform.child; print(*os.listdir('/proc/self/task'))"
    if not Path("/proc/self/task").is_dir():
        pytest.skip("this system does not list threads in /proc")
    threads = subprocess.run([sys.executable, "-c", listing], check=True, capture_output=True, text=True).stdout

    assert len(threads.split()) == 1
