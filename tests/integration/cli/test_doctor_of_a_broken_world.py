"""`doctor` where something is broken: a line for it with its repair, and the rest is looked at all the same."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest
import redis

from tests.integration.cli.conftest import Run
from tests.support.servers import ValkeyServer

PASSWORD = "hunter2"  # noqa: S105 - must not be seen
NOBODY = "127.0.0.1:9"


@contextmanager
def server_that_says(words: bytes) -> Iterator[str]:
    """Answers every connection with the same words, or with nothing, and lets it hang."""
    held: list[socket.socket] = []

    def serve(server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            held.append(connection)
            connection.sendall(words)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    for connection in held:
        connection.close()


@pytest.fixture
def diagnosis(run: Run) -> Callable[..., list[str]]:
    """The problems that the doctor finds with these settings, each with its repair on the line below it."""

    def diagnosis(*options: str, **settings: str) -> list[str]:
        found = run("doctor", "--data-dir", "data", *options, PIXELMILL_TRANSFORM_PROCESSES="1", **settings)
        lines = found.stdout.splitlines()

        assert found.returncode == 1, found.stderr
        assert found.stderr == ""
        assert PASSWORD not in found.stdout
        assert any(line.startswith("ok       codec avif") for line in lines), "the other checks are made"
        problems = [index for index, line in enumerate(lines) if line.startswith("problem")]
        assert all(lines[index + 1].startswith(" " * 35) for index in problems)
        assert lines[-1] == f"{len(problems)} to repair."
        return [" ".join(lines[index].split()[1:]) for index in problems]

    return diagnosis


Diagnosis = Callable[..., list[str]]


NO_REDIS_URL = "redis REDIS_URL: expected redis://host:port/0, rediss:// or unix:///path"


@pytest.mark.parametrize(
    "broken",
    [
        {
            "REDIS_URL": (f"http://:{PASSWORD}@{NOBODY}", NO_REDIS_URL),
            "DATABASE_URL": (PASSWORD, "postgres DATABASE_URL: expected postgresql://user@host/database"),
            "PIXELMILL_STORE_URL": ("ftp://host/folder", "store PIXELMILL_STORE_URL: expected file:///absolute/folder"),
            "PIXELMILL_SERVER": (f"http://{NOBODY}", f"api http://{NOBODY} does not answer: "),
        },
        {
            "REDIS_URL": (f"redis://:{PASSWORD}@host:99999/0", NO_REDIS_URL),
            "DATABASE_URL": (
                f"postgresql://u:{PASSWORD}@h:x/d",
                "postgres DATABASE_URL: expected postgresql://user@host/database",
            ),
            "PIXELMILL_STORE_URL": ("file:///dev/null", "store file:///dev/null cannot be written: "),
            "PIXELMILL_SERVER": ("no address", "api no address does not answer: "),
        },
        {
            "REDIS_URL": (f"redis://:{PASSWORD}@{NOBODY}/0", f"redis redis://{NOBODY}/0 does not answer: Error 111"),
            "DATABASE_URL": (
                f"mysql://u:{PASSWORD}@h/d",
                "postgres DATABASE_URL: expected postgresql://, received mysql://",
            ),
            "PIXELMILL_STORE_URL": ("file:///proc/none", "store file:///proc/none cannot be written: "),
        },
        {
            "REDIS_URL": ("unix:///missing.sock", "redis unix:///missing.sock does not answer: Error 2"),
            "DATABASE_URL": (
                f"postgresql://u:{PASSWORD}@{NOBODY}/d",
                "postgres it does not answer: OperationalError: connection failed",
            ),
        },
        {"REDIS_URL": (PASSWORD, NO_REDIS_URL)},
    ],
    ids=["nonsense", "other nonsense", "other servers", "no servers", "a word"],
)
def test_each_setting_that_cannot_be_used_is_one_line(diagnosis: Diagnosis, broken: dict[str, tuple[str, str]]) -> None:
    """All of them in one go, and never a traceback, nor a password."""
    problems = diagnosis(**{setting: value for setting, (value, _) in broken.items()})

    for (_, expected), problem in zip(broken.values(), problems, strict=True):
        assert problem.startswith(expected)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", 'Protocol error, got "H" as reply type byte'),
        (b"\0" * 100, "Protocol error"),
        (b"", "it said nothing in time"),
    ],
    ids=["a web server", "garbage", "silence"],
)
def test_what_is_no_redis_is_told(diagnosis: Diagnosis, words: bytes, why: str) -> None:
    """Something else listens there, or something that hangs."""
    with server_that_says(words) as address:
        [problem] = diagnosis(REDIS_URL=f"redis://:{PASSWORD}@{address}/0")

    assert problem.startswith(f"redis redis://{address}/0 does not answer: {why}")


@pytest.mark.parametrize("words", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""], ids=["a web server", "silence"])
def test_what_is_no_postgres_is_told(diagnosis: Diagnosis, words: bytes) -> None:
    """As above."""
    with server_that_says(words) as address:
        [problem] = diagnosis(DATABASE_URL=f"postgresql://u:{PASSWORD}@{address}/d")

    assert problem.startswith("postgres it does not answer: ")


def test_a_redis_that_asks_for_a_password_is_told(diagnosis: Diagnosis, valkey: Callable[[], ValkeyServer]) -> None:
    """Though it answers."""
    server = valkey()
    with closing(redis.Redis.from_url(server.url)) as client:
        client.config_set("requirepass", PASSWORD)

    [problem] = diagnosis(REDIS_URL=server.url)

    assert "does not answer: " in problem
    assert "AUTH" in problem


def test_a_redis_that_tells_nothing_of_itself_is_told(diagnosis: Diagnosis, valkey: Callable[[], ValkeyServer]) -> None:
    """A user that may neither ask what the server is nor how it is configured."""
    server = valkey()
    with closing(redis.Redis.from_url(server.url)) as client:
        client.acl_setuser("default", enabled=True, nopass=True, commands=["-info", "-config"])

    [problem] = diagnosis(REDIS_URL=server.url)

    assert "redis" in problem
    assert "info" in problem


def test_a_database_that_is_not_there_is_told(diagnosis: Diagnosis, database_url: str) -> None:
    """The server is, and says so."""
    [problem] = diagnosis(DATABASE_URL=database_url.replace("test_", "missing_"))

    assert 'database "missing_' in problem
    assert "does not exist" in problem


def test_a_data_directory_that_cannot_be_read_is_told(diagnosis: Diagnosis) -> None:
    """Nothing is known of the servers then; the rest is looked at."""
    [problem] = diagnosis("--data-dir", "x" * 300)

    assert problem.startswith("data directory [Errno 36] File name too long")
