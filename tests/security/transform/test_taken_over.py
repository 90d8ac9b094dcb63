"""What a child can do whose decoder has been taken over: nothing but spoil its own variants."""

import os
import socket
from pathlib import Path

import psutil
import pytest

from pixelmill.domain.errors import TransformCrashed
from pixelmill.transform.layers.layer import LayerName
from pixelmill.transform.sandbox import Sandbox
from tests.security.transform.conftest import Attempt
from tests.support import taken_over_child

FILES, CALLS, PRIVILEGES, LIMITS = LayerName.FILES, LayerName.CALLS, LayerName.PRIVILEGES, LayerName.LIMITS


async def test_an_attempt_that_is_allowed_is_seen_to_succeed(attempt: Attempt) -> None:
    """Or else the refusals below would prove nothing."""
    assert await attempt("outcome = order.source_path.read_text()[:7]") == "outcome"


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK", "AF_PACKET"])
async def test_there_are_no_sockets(attempt: Attempt, family: str) -> None:
    """Of no kind, to anywhere."""
    assert await attempt(f"import socket; socket.socket(socket.{family}, socket.SOCK_DGRAM)", CALLS) == "ENOSYS"


async def test_a_server_on_this_machine_is_out_of_reach(attempt: Attempt) -> None:
    """Redis and Postgres listen on loopback as a rule."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = f"import socket; socket.socket().connect(('127.0.0.1', {server.getsockname()[1]}))"

        assert await attempt(code, CALLS) == "ENOSYS"


async def test_the_socket_of_a_server_is_out_of_reach(attempt: Attempt, tmp_path: Path) -> None:
    """`pixelmill up` has its servers on Unix sockets, without passwords."""
    path = tmp_path / "valkey.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        code = f"import socket; socket.socket(socket.AF_UNIX).connect({str(path)!r})"

        assert await attempt(code, CALLS) == "ENOSYS"


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "/proc/self/environ", "/proc/{parent}/environ", "/proc/{parent}/mem", "{folder}/secret"],
)
async def test_nobody_elses_file_is_read(attempt: Attempt, tmp_path: Path, path: str) -> None:
    """Neither settings nor secrets: not even the environment of the worker, which has them."""
    (tmp_path / "secret").write_text("hunter2")
    target = path.format(parent=os.getpid(), folder=tmp_path)

    assert await attempt(f"outcome = open({target!r}).read()", FILES) == "EACCES"


@pytest.mark.parametrize("way", ["order.scratch_dir / '../../../secret'", "'/proc/self/cwd/../../../secret'"])
async def test_no_detour_leads_out(attempt: Attempt, tmp_path: Path, way: str) -> None:
    """What counts is where a file lies, not how it is called."""
    (tmp_path / "secret").write_text("hunter2")

    assert await attempt(f"outcome = open({way}).read()", FILES) == "EACCES"


@pytest.mark.parametrize("place", ["{folder}", "{folder}/scratch", "{folder}/scratch/variants", "/tmp", "/dev/shm"])  # noqa: S108 - a place to be refused
async def test_nothing_is_written_elsewhere(attempt: Attempt, tmp_path: Path, place: str) -> None:
    """Not even into the folder of the order itself: a child writes on its desk, and the worker takes it from there."""
    target = f"{place.format(folder=tmp_path)}/planted"

    assert await attempt(f"open({target!r}, 'w')", FILES) == "EACCES"
    assert not Path(target).exists()


@pytest.mark.parametrize("mode", ["r+b", "ab", "wb"])
async def test_a_source_is_not_changed(attempt: Attempt, tmp_path: Path, mode: str) -> None:
    """Other tasks may be made from the same file: it is one download for all."""
    code = f"open(order.source_path, {mode!r})"

    assert await attempt(code, FILES) == "EACCES"
    assert (tmp_path / "scratch" / "source").read_text() == code


async def test_the_work_of_others_is_out_of_reach(attempt: Attempt, tmp_path: Path) -> None:
    """Sources and variants of other tasks lie beside it, and so does the desk of the child next to it."""
    other = tmp_path / "scratch" / "other"
    other.write_text("theirs")
    neighbors = [str(path) for path in (tmp_path / "scratch").glob("child-*")]
    assert len(neighbors) == 2

    code = f"""
outcome = []
desks = [desk for desk in {neighbors!r} if not str(order.scratch_dir).startswith(desk)]
for path, mode in [({str(other)!r}, 'r'), ({str(other)!r}, 'a'), (desks[0] + '/out/planted', 'w')]:
    try:
        open(path, mode)
    except OSError as error:
        outcome.append(error.strerror)
"""

    assert await attempt(code, FILES) == str(["Permission denied"] * 3)
    assert other.read_text() == "theirs"


@pytest.mark.parametrize(
    "call",
    [
        "os.link(order.source_path, order.scratch_dir / 'link')",
        "os.symlink('/etc/passwd', order.scratch_dir / 'link')",
        "os.rename(order.source_path, order.scratch_dir / 'moved')",
        "os.unlink(order.source_path)",
        "os.mkdir(order.scratch_dir / 'folder')",
        "os.mkfifo(order.scratch_dir / 'pipe')",
        "os.chmod(order.source_path, 0o777)",
        "os.chroot('/')",
        "os.fork()",
        "os.posix_spawn('/bin/sh', ['sh'], {})",
        "os.execv('/bin/sh', ['sh'])",
        "os.memfd_create('code')",
        "os.setsid()",
        "os.kill(os.getppid(), 0)",
        "os.nice(-5)",
        "os.sched_setaffinity(0, [0])",
        "os.pidfd_open(os.getppid())",
        "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))",
    ],
)
async def test_no_system_call_is_there_that_decoding_does_without(attempt: Attempt, call: str) -> None:
    """No program, no process, no signal, no link; nothing is moved, removed, or allowed again."""
    assert await attempt(f"import os, resource; {call}", CALLS) == "ENOSYS"


LIBC = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def refused(name, *arguments):
    result = getattr(libc, name)(*arguments)
    return os.strerror(ctypes.get_errno()) if result == -1 else f"allowed: {result}"
"""


@pytest.mark.parametrize(
    "call",
    [
        "'ptrace', 16, os.getppid(), 0, 0",  # PTRACE_ATTACH
        "'process_vm_readv', os.getppid(), None, 0, None, 0, 0",
        "'prctl', 1, 0, 0, 0, 0",  # to outlive its parent: PR_SET_PDEATHSIG
        "'unshare', 0x10000000",  # CLONE_NEWUSER
        "'mount', None, b'/', None, 0x1000, None",
        "'mprotect', None, 4096, 7",  # PROT_READ | PROT_WRITE | PROT_EXEC
        "'syscall', 425, 8, None",  # io_uring_setup
        "'syscall', 321, 0, None, 0",  # bpf on x86-64; connect's neighborhood elsewhere: not on the list either
    ],
)
async def test_no_way_leads_around_python(attempt: Attempt, call: str) -> None:
    """Machine code asks the kernel directly."""
    assert await attempt(f"{LIBC}\noutcome = refused({call})", CALLS) == "Function not implemented"


async def test_memory_never_becomes_code(attempt: Attempt) -> None:
    """What an attacker writes into memory is not run, and cannot be made to."""
    code = f"{LIBC}\nlibc.mmap.restype = ctypes.c_ssize_t\noutcome = refused('mmap', None, 4096, 7, 0x22, -1, 0)"

    assert await attempt(code, CALLS) == "Function not implemented"


async def test_root_is_nobody_in_a_child(attempt: Attempt) -> None:
    """Whoever runs the worker, a child has no capability, and no program gives it one."""
    await attempt("", PRIVILEGES)
    [child, _] = [each for each in psutil.Process().children() if taken_over_child.__file__ in each.cmdline()]

    status = dict(line.split(":\t") for line in Path(f"/proc/{child.pid}/status").read_text().splitlines())

    assert {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {"0" * 16}
    assert status["NoNewPrivs"] == "1"


async def test_a_variant_has_an_end(attempt: Attempt) -> None:
    """A disk is not filled by one file."""
    code = "file = (order.scratch_dir / 'huge').open('wb'); file.truncate(512 * 2**20); file.truncate(2**40)"

    assert await attempt(code, LIMITS) == "EFBIG"


async def test_files_are_not_opened_without_end(attempt: Attempt) -> None:
    """Nor are the kernel's tables filled."""
    assert await attempt("files = [open(order.source_path) for _ in range(100)]", LIMITS) == "EMFILE"


async def test_a_child_does_not_talk_for_ever(attempt: Attempt) -> None:
    """It says how far it is once for each variant at most: the worker does nothing but listen otherwise."""
    talk = """
import os
while True:
    for pipe in range(3, 10):
        try:
            os.write(pipe, b'{"done":1}\\n' * 100)
        except OSError:
            pass
"""
    with pytest.raises(TransformCrashed):
        await attempt(talk)


async def test_what_one_order_leaves_is_gone_when_the_next_one_comes(
    taken_over: Sandbox, attempt: Attempt, tmp_path: Path
) -> None:
    """No file of it is left, on the desk or beside it."""
    await attempt("open(order.scratch_dir / 'left', 'w').write('something')")

    left = list((tmp_path / "scratch").glob("child-*/*/*"))

    assert left == []
    assert taken_over.has_children
