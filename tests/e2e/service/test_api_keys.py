"""A service that asks for keys, as an operator opens it and a tenant uses it: commands, client, nginx."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from pixelmill.client import ApiProblem, AsyncClient, Client
from tests.support.origin import Origin
from tests.support.pictures import photo
from tests.support.service import PROGRAM, Service, running_service
from tests.support.wait import wait_until

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    settings = {"PIXELMILL_API_ACCESS": "keys"}
    with Origin() as origin, running_service(tmp_path_factory.mktemp("locked"), origin, settings) as running:
        yield running


@pytest.fixture
def run(locked: Service, tmp_path: Path) -> Run:
    """Runs `pixelmill` in an empty folder, with a key or without."""

    def run_pixelmill(*arguments: str, key: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [PROGRAM, *arguments],
            cwd=tmp_path,
            env={**os.environ, "PIXELMILL_SERVER": locked.base_url, "PIXELMILL_API_KEY": key},
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )

    return run_pixelmill


def made(run: Run, locked: Service, tenant: str, *scopes: str) -> str:
    """The key that the command prints: itself alone, so that a script can take it."""
    options = [word for scope in scopes for word in ("--scope", scope)]
    printed = run("api-keys", "create", tenant, *options, "--data-dir", str(locked.data_dir))
    assert printed.returncode == 0, printed.stderr
    (key,) = printed.stdout.splitlines()
    return key


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def test_a_tenant_is_let_in_and_out_by_commands(run: Run, locked: Service, tmp_path: Path) -> None:
    """Without a key nothing goes; with one it does, until it is revoked."""
    (tmp_path / "cat.jpg").write_bytes(photo(200, 100, 1))
    refused = run("submit", "cat.jpg", "--width", "50")
    assert (refused.returncode, "Expected an API key" in refused.stderr) == (2, True)

    key = made(run, locked, "shop")
    saved = run("submit", "cat.jpg", "--width", "50", key=key)
    assert saved.returncode == 0, saved.stderr
    assert size_of(tmp_path / saved.stdout.strip()) == (50, 25)

    key_id = key.split("_")[1]
    listed = run("api-keys", "list", "--data-dir", str(locked.data_dir))
    assert [line.split()[:3] for line in listed.stdout.splitlines() if key_id in line] == [
        [key_id, "shop", "submit,read"]
    ]
    assert key not in listed.stdout

    assert run("api-keys", "revoke", key_id, "--data-dir", str(locked.data_dir)).returncode == 0
    wait_until(lambda: "was revoked" in run("cancel", "0" * 32, key=key).stderr, timeout_seconds=30)


def test_what_cannot_be_is_said(run: Run, locked: Service) -> None:
    """By exit code and sentence, as with every command."""
    where = ("--data-dir", str(locked.data_dir))
    refused = run("api-keys", "create", "No Tenant", *where)
    assert (refused.returncode, "tenant" in refused.stderr) == (2, True)
    assert run("api-keys", "revoke", "0" * 12, *where).returncode == 4
    assert run("api-keys", "list", "--data-dir", "nowhere").returncode == 3
    assert run("status", "0" * 32, key="no key").returncode == 2


def test_an_operator_follows_the_service(run: Run, locked: Service) -> None:
    """With a key that may; a tenant's may not, and sees its own tasks only. The board says so in words."""
    assert run("watch", "--once", key=made(run, locked, "ops", "operate", "read")).returncode == 0
    tenant = made(run, locked, "shop")
    assert run("dead-letters", "list", key=tenant).returncode == 2

    refused = run("watch", "--once", key=tenant)
    assert (refused.returncode, "operate" in refused.stdout, "recent tasks" in refused.stdout) == (2, True, True)
    told = json.loads(run("watch", "--once", "--json").stdout)
    assert (told["is_ready"], told["overview"], told["recent"]) == (True, None, None)
    assert set(told["untold"]) == {"overview", "recent", "failures"}
    assert "Expected an API key" in told["untold"]["overview"]


async def test_the_client_library_shows_a_key(run: Run, locked: Service, tmp_path: Path) -> None:
    """The one that blocks, and the one that awaits; following by events, too."""
    (tmp_path / "cat.jpg").write_bytes(photo(210, 100, 2))
    key = made(run, locked, "shop")
    with Client(locked.base_url, api_key=key) as client:
        result = client.resize(tmp_path / "cat.jpg", width=60)
        client.download(result.made["image"], tmp_path / "small.jpg")
    async with AsyncClient(locked.base_url, api_key=key) as client:
        task = await client.wait(await client.submit(tmp_path / "cat.jpg", width=70))

    assert size_of(tmp_path / "small.jpg")[0] == 60
    assert (task.status, task.tenant) == ("completed", "shop")
    with Client(locked.base_url) as stranger, pytest.raises(ApiProblem) as refusal:
        stranger.status(task.task_id)
    assert (refusal.value.status, refusal.value.code) == (401, "api_key_required")


def test_the_path_of_a_result_cannot_be_guessed(run: Run, locked: Service, tmp_path: Path) -> None:
    """It needs no key: the same image, made twice, has 128 bits in its path that say where, and nothing else does."""
    (tmp_path / "cat.jpg").write_bytes(photo(220, 100, 3))
    with Client(locked.base_url, api_key=made(run, locked, "shop")) as client:
        made_twice = [
            client.wait(client.submit(tmp_path / "cat.jpg", width=80, refresh=is_again)) for is_again in (False, True)
        ]
    urls = [task.result.made["image"].url for task in made_twice if task.result]
    names = {url.split("/")[4] for url in urls}
    assert [len(bytes.fromhex(name)) for name in names] == [16, 16]
    assert httpx.get(locked.base_url + urls[1]).is_success


def test_what_is_no_key_is_not_sent() -> None:
    """A line break in it would be a header more."""
    with pytest.raises(ValueError, match="expected an API key"):
        Client("http://127.0.0.1:8080", api_key="pm_a\r\nX: y")
