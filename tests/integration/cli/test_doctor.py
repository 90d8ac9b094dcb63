"""`doctor` looks at real servers, a real store, and takes images through the real sandbox."""

from pathlib import Path

import pytest

from tests.integration.cli.conftest import Run
from tests.support.api_server import ApiServer
from tests.support.s3_server import Space


@pytest.fixture
def settings(redis_url: str, database_url: str, tmp_path: Path) -> dict[str, str]:
    """Those of a sound installation, but for the migrations."""
    return {
        "REDIS_URL": redis_url,
        "DATABASE_URL": database_url,
        "PIXELMILL_STORE_URL": (tmp_path / "store").as_uri(),
        "PIXELMILL_TRANSFORM_PROCESSES": "1",
    }


def test_nothing_is_wrong_with_a_sound_installation(run: Run, settings: dict[str, str]) -> None:
    """Every server, the store, and every codec both ways."""
    assert run("migrate", **settings).returncode == 0
    found = run("doctor", **settings)

    assert found.returncode == 0, found.stdout + found.stderr
    assert found.stdout.splitlines()[-1] == "Nothing to repair."
    for line in (
        "redis                      Valkey 9.",
        "redis durability           appendonly yes, appendfsync always, maxmemory-policy noeviction",
        "postgres                   PostgreSQL 18.",
        "postgres schema            up to date",
        "sandbox limits             files of 512 MiB",
        "sandbox privileges         no capabilities",
        "codec avif                 read and written",
        "codec tiff                 read",
    ):
        assert f"ok       {line}" in found.stdout


def test_what_is_wrong_is_told_with_its_repair(run: Run, settings: dict[str, str]) -> None:
    """All of it in one go; the exit code tells a script."""
    found = run("doctor", "--server", "http://127.0.0.1:9", **settings | {"REDIS_URL": "redis://:secret@127.0.0.1:9/0"})

    assert found.returncode == 1
    assert "problem  redis                      redis://127.0.0.1:9/0 does not answer" in found.stdout
    assert "problem  postgres schema            at nothing, but this version needs" in found.stdout
    assert "Run: pixelmill migrate" in found.stdout
    assert "problem  api                        http://127.0.0.1:9 does not answer" in found.stdout
    assert found.stdout.splitlines()[-1] == "3 to repair."
    assert "secret" not in found.stdout + found.stderr


def test_a_bucket_is_written_to(run: Run, settings: dict[str, str], s3_space: Space) -> None:
    """The repair that is named is one for a bucket."""
    found = run("doctor", **settings | s3_space.environment)
    assert f"ok       store                      {s3_space.url} can be written" in found.stdout

    found = run("doctor", **settings | s3_space.environment | {"AWS_SECRET_ACCESS_KEY": "wrong"})
    assert f"problem  store                      {s3_space.url} cannot be written" in found.stdout
    assert "AWS_ENDPOINT_URL" in found.stdout


def test_a_running_service_is_asked(run: Run, settings: dict[str, str], api: ApiServer) -> None:
    """Whether it is ready, not only whether it answers."""
    found = run("doctor", PIXELMILL_SERVER=api.url, **settings)

    assert f"ok       api                        {api.url} is ready" in found.stdout


def test_before_the_first_start_the_wheels_are_checked(run: Run, tmp_path: Path) -> None:
    """No server runs yet, and that is no fault; the doctor leaves no trace."""
    found = run("doctor", "--data-dir", "data", PIXELMILL_TRANSFORM_PROCESSES="1")

    assert "ok       valkey from its wheel" in found.stdout
    assert "ok       redis                      none runs; pixelmill up starts its own" in found.stdout
    assert list(tmp_path.iterdir()) == []
