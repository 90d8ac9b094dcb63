"""`pixelmill submit` and `status` as a person uses them, against the whole service."""

import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest
from PIL import Image

from tests.support.answers import body
from tests.support.pictures import photo
from tests.support.service import Service
from tests.support.wait import wait_until

Run = Callable[..., "subprocess.CompletedProcess[str]"]

PROGRAM: Final = Path(sys.executable).with_name("pixelmill")


@pytest.fixture
def run(service: Service, tmp_path: Path) -> Run:
    """Runs `pixelmill` in an empty folder."""

    def run_pixelmill(*arguments: str) -> "subprocess.CompletedProcess[str]":
        environment = {**os.environ, "PIXELMILL_SERVER": service.base_url}
        return subprocess.run(
            [PROGRAM, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )

    return run_pixelmill


def test_a_file_and_a_url_become_files(run: Run, service: Service, tmp_path: Path) -> None:
    """Both are saved here, named after their sources; standard output lists the paths, in order."""
    (tmp_path / "cat.jpg").write_bytes(photo(640, 480, seed=71))
    url = service.origin.serve("/dog.jpg", body(photo(480, 640, seed=72)))

    submitted = run("submit", "cat.jpg", url, "--width", "120", "--format", "webp")

    assert submitted.returncode == 0, submitted.stderr
    assert submitted.stdout.splitlines() == ["cat-120x90.webp", "dog-120x160.webp"]
    for name, size in (("cat-120x90.webp", (120, 90)), ("dog-120x160.webp", (120, 160))):
        with Image.open(tmp_path / name) as picture:
            assert (picture.format, picture.size) == ("WEBP", size)
    assert {path.name for path in tmp_path.iterdir()} == {"cat.jpg", "cat-120x90.webp", "dog-120x160.webp"}
    assert "cat.jpg: saved as cat-120x90.webp (120x90 webp, " in submitted.stderr


def test_a_preset_becomes_files_and_a_page(run: Run, service: Service, tmp_path: Path) -> None:
    """Every width that the source has, in every format, and markup that finds them where they are."""
    (tmp_path / "site").mkdir()
    (tmp_path / "hero shot.jpg").write_bytes(photo(700, 400, seed=77))

    submitted = run("submit", "hero shot.jpg", "--preset", "responsive", "--output", "site")

    assert submitted.returncode == 0, submitted.stderr
    sizes = ("320x183", "640x366", "700x400")
    images = {f"hero shot-{size}.{suffix}" for suffix in ("avif", "webp", "jpg") for size in sizes}
    assert {path.name for path in (tmp_path / "site").iterdir()} == images | {"hero shot.html"}
    assert set(submitted.stdout.splitlines()) == {f"site/{name}" for name in images | {"hero shot.html"}}
    page = (tmp_path / "site" / "hero shot.html").read_text()
    assert 'src="hero%20shot-700x400.jpg"' in page
    assert all(quote(name) in page for name in images)


def test_sources_of_the_same_name_are_all_saved(run: Run, service: Service, tmp_path: Path) -> None:
    """The second one gets a number."""
    (tmp_path / "twin.jpg").write_bytes(photo(320, 240, seed=75))
    url = service.origin.serve("/twin.jpg", body(photo(320, 240, seed=76)))

    submitted = run("submit", "twin.jpg", url, "--width", "60")

    assert submitted.stdout.splitlines() == ["twin-60x45.jpg", "twin-60x45-2.jpg"]
    assert (tmp_path / "twin-60x45.jpg").read_bytes() != (tmp_path / "twin-60x45-2.jpg").read_bytes()


def test_the_same_again_is_cached(run: Run, tmp_path: Path) -> None:
    """Nothing is made twice, and the file is saved all the same."""
    (tmp_path / "bird.jpg").write_bytes(photo(320, 240, seed=73))
    command = ("submit", "bird.jpg", "--height", "60", "--output", "small.jpg", "--json")

    first, second = (json.loads(run(*command).stdout) for _ in range(2))

    assert (first["task"]["cached"], second["task"]["cached"]) == (False, True)
    assert first["task"]["task_id"] == second["task"]["task_id"]
    assert (first["source"], first["variants"]["image"]["path"]) == ("bird.jpg", "small.jpg")
    assert (tmp_path / "small.jpg").is_file()


def test_a_task_is_followed_by_its_id(run: Run, tmp_path: Path) -> None:
    """What was submitted without waiting is told in full when it has ended."""
    (tmp_path / "fish.jpg").write_bytes(photo(320, 240, seed=74))
    task_id = run("submit", "fish.jpg", "--width", "60", "--no-wait").stdout.strip()

    status = run("status", task_id, "--wait")

    assert status.returncode == 0, status.stderr
    assert f"task     {task_id}" in status.stdout
    assert "status   completed" in status.stdout
    assert "image    60x45 jpeg, " in status.stdout


def test_a_file_that_is_no_image_fails(run: Run, tmp_path: Path) -> None:
    """In the words of the service, with 1 as the exit code and no file."""
    (tmp_path / "notes.jpg").write_text("Buy milk.")

    submitted = run("submit", "notes.jpg", "--width", "60")

    assert submitted.returncode == 1
    assert "notes.jpg: failed: " in submitted.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["notes.jpg"]


def test_the_board_is_told_as_json(run: Run, tmp_path: Path) -> None:
    """How the service stands, what it did last and what failed."""
    (tmp_path / "notes.png").write_text("Buy bread.")
    run("submit", "notes.png", "--width", "61")

    def look() -> dict[str, Any]:
        watched = run("watch", "--once", "--json")
        assert watched.returncode == 0, watched.stderr
        told: dict[str, Any] = json.loads(watched.stdout)
        return told

    wait_until(lambda: look()["overview"]["lately"]["failures"].get("source_not_an_image"), timeout_seconds=30)
    told = look()
    assert (told["is_ready"], told["checks"]) == (True, {"queue": "ok", "store": "ok", "trail": "ok"})
    assert set(told["overview"]["queue"]) == {"waiting", "active", "retrying", "completed", "failed"}
    assert told["overview"]["workers"]["alive"] == 1
    assert told["untold"] == {}
    assert told["recent"][0]["status"] == "failed"
    assert told["failures"][0]["error"]["code"] == "source_not_an_image"


def test_the_board_is_live_until_it_is_interrupted(service: Service) -> None:
    """In a real terminal; Ctrl-C is how it ends, and no failure."""
    terminal, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
    command = [str(PROGRAM), "watch", "--interval", "0.5", "--server", service.base_url]
    with subprocess.Popen(command, stdin=end, stdout=end, stderr=end, env=os.environ | {"TERM": "xterm"}) as watching:
        try:
            os.close(end)
            shown = ""
            while shown.count("recent tasks") < 2:  # drawn again
                shown += os.read(terminal, 65536).decode(errors="replace")
            watching.send_signal(signal.SIGINT)
            with suppress(OSError):  # the end of a terminal
                while os.read(terminal, 65536):
                    pass
            code = watching.wait(10)
        finally:
            watching.kill()  # else a board that does not end is waited for without end
    os.close(terminal)
    assert code == 0
    assert "ready" in shown
    assert "ended/min" in shown


def test_a_board_without_a_terminal_is_refused(run: Run) -> None:
    """The sentence says what does without."""
    watched = run("watch")

    assert (watched.returncode, watched.stdout) == (2, "")
    assert "--once or --json" in watched.stderr


def test_a_service_that_is_away_is_told_by_the_code(run: Run) -> None:
    """For scripts that wait for it."""
    watched = run("watch", "--once", "--json", "--server", "http://127.0.0.1:9")

    assert watched.returncode == 3
    assert json.loads(watched.stdout)["checks"] is None


def test_the_doctor_looks_at_the_running_stack(run: Run, service: Service) -> None:
    """Without any setting it finds the servers that `pixelmill up` started in its data directory."""
    found = run("doctor", "--data-dir", str(service.data_dir))

    assert found.returncode == 0, found.stdout + found.stderr
    assert "redis durability           appendonly yes, appendfsync always, maxmemory-policy noeviction" in found.stdout
    assert "postgres schema            up to date" in found.stdout
    assert f"{service.base_url} is ready" in found.stdout
