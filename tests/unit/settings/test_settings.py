"""Settings are read from the environment, and every bad one is named at once."""

import pytest

from pixelmill.settings import Settings, SettingsError


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Space around their parts means nothing."""
    monkeypatch.setenv("PIXELMILL_FETCH_ALLOWED_PORTS", "80, 8080")

    assert Settings.from_environment().fetch.allowed_ports == (80, 8080)


def test_every_bad_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to start a role five times to learn of five mistakes."""
    monkeypatch.setenv("PIXELMILL_API_PORT", "0")
    monkeypatch.setenv("PIXELMILL_FETCH_ALLOWED_PORTS", "70000")
    monkeypatch.setenv("PIXELMILL_FETCH_ALLOWED_NETWORKS", "10.0.0.0/99")

    with pytest.raises(SettingsError) as complaint:
        Settings.from_environment()

    named = [line.split(":")[0] for line in str(complaint.value).splitlines()]
    assert named == ["PIXELMILL_API_PORT", "PIXELMILL_FETCH_ALLOWED_NETWORKS", "PIXELMILL_FETCH_ALLOWED_PORTS"]
