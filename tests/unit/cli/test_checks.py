"""What the doctor makes of what it finds."""

from pathlib import Path

import pytest

from pixelmill.audit.condition import Condition
from pixelmill.cli import doctor
from pixelmill.cli.checks import codecs, machine, postgres_server, redis_server, store
from pixelmill.cli.checks.finding import Finding, Level, skipped
from pixelmill.domain.limits import MEBIBYTE
from pixelmill.transform.layers.layer import Layer, LayerName

GIBIBYTE = 1024 * MEBIBYTE
SAFE = redis_server.SAFE_SETTINGS


@pytest.mark.parametrize(
    ("finding", "level"),
    [
        (machine._open_files(20_000), Level.OK),
        (machine._open_files(-1), Level.OK),
        (machine._open_files(512), Level.WARNING),
        (machine._open_files(64), Level.PROBLEM),
        (machine._memory(8 * GIBIBYTE, 2, GIBIBYTE), Level.OK),
        (machine._memory(GIBIBYTE, 2, GIBIBYTE), Level.WARNING),
        (store._room(50 * GIBIBYTE), Level.OK),
        (store._room(500 * MEBIBYTE), Level.WARNING),
        (store._room(50 * MEBIBYTE), Level.PROBLEM),
        (redis_server._version({"redis_version": "7.0.15"}), Level.OK),
        (redis_server._version({"redis_version": "7.2.4", "valkey_version": "9.1.2"}), Level.OK),
        (redis_server._version({"redis_version": "6.2.7"}), Level.PROBLEM),
        (redis_server._durability(SAFE), Level.OK),
        (redis_server._durability(SAFE | {"appendfsync": "everysec"}), Level.PROBLEM),
        (redis_server._durability(SAFE | {"maxmemory-policy": "allkeys-lru"}), Level.PROBLEM),
        (postgres_server._version("15.8 (Debian 15.8-0+deb12u1)"), Level.OK),
        (postgres_server._version("14.1"), Level.PROBLEM),
        (postgres_server._schema(Condition("17.2", "0001", "0001")), Level.OK),
        (postgres_server._schema(Condition("17.2", None, "0001")), Level.PROBLEM),
    ],
    ids=str,
)
def test_what_is_wrong_comes_with_a_repair(finding: Finding, level: Level) -> None:
    """A doctor that only complains is of no use."""
    assert finding.level is level
    assert bool(finding.repair) is (level is not Level.OK)


def test_a_layer_that_is_missing_is_a_warning_with_its_reason() -> None:
    """The service works without it, and the operator knows."""
    missing = codecs._confined(Layer(name=LayerName.FILES, is_active=False, says="the kernel has no Landlock"))
    there = codecs._confined(Layer(name=LayerName.FILES, is_active=True, says="its own folder"))

    assert (missing.level, missing.says, bool(missing.repair)) == (Level.WARNING, "the kernel has no Landlock", True)
    assert (there.level, there.about) == (Level.OK, "sandbox files")


def test_an_unsafe_setting_is_named_with_the_right_one() -> None:
    """The repair can be typed as it stands; settings that are right are not repeated."""
    finding = redis_server._durability(SAFE | {"appendfsync": "everysec"})

    assert finding.says == "appendfsync everysec: accepted tasks can be lost"
    assert finding.repair == "Set appendfsync always."


def test_a_server_says_which_one_it_is() -> None:
    """Valkey calls itself Redis 7.2.4 as well."""
    assert redis_server._version({"redis_version": "7.2.4", "valkey_version": "9.1.2"}).says == "Valkey 9.1.2"


def test_a_check_that_needs_more_than_is_installed_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The image of a role has what the role needs; that is no fault of the installation."""

    def import_nothing(_name: str) -> None:
        raise ModuleNotFoundError(name="pyvips")

    monkeypatch.setattr(doctor, "import_module", import_nothing)

    assert list(doctor._check("codecs", None)) == [skipped("codecs", "pyvips is not installed here")]


def test_memory_is_that_of_the_container(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Not that of its host; and `max` is no limit."""
    limits = tmp_path / "memory.max"
    monkeypatch.setattr(machine, "CONTAINER_LIMITS", (limits, tmp_path / "missing"))
    limits.write_text("max\n")
    whole = machine._total_memory_bytes()
    limits.write_text("123456\n")

    assert machine._total_memory_bytes() == 123456 < whole
