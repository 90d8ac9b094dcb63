"""Settings are read from the environment, and every bad one is named at once."""

import pytest

from pixelmill.domain.transformation import Transformation
from pixelmill.settings import ApiSettings, Settings, SettingsError


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


@pytest.mark.parametrize("hosts", ["example.com/a", "https://example.com", "*", "a.*.com", "example.com:80", "", "a b"])
def test_allowed_sources_are_hosts(monkeypatch: pytest.MonkeyPatch, hosts: str) -> None:
    """What is none is refused at the start, not matched against in vain."""
    monkeypatch.setenv("PIXELMILL_FETCH_ALLOWED_SOURCES", f"example.com,{hosts}")
    if not hosts:
        assert Settings.from_environment().fetch.allowed_sources == ("example.com",)
        return
    with pytest.raises(SettingsError, match=r"PIXELMILL_FETCH_ALLOWED_SOURCES: .*example\.com"):
        Settings.from_environment()


@pytest.mark.parametrize(
    "name",
    ["PIXELMILL_FETCH_HOST_HEADERS", "PIXELMILL_API_SIGNING_KEYS", "PIXELMILL_WEBHOOK_SECRETS"],
)
def test_no_secret_is_shown_when_it_is_wrong(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Nor is it guessed from what is shown of it."""
    monkeypatch.setenv(name, "swordfish")
    with pytest.raises(SettingsError, match=f"{name}: ") as complaint:
        Settings.from_environment()
    assert "swordfish" not in str(complaint.value)


@pytest.mark.parametrize(
    "headers",
    [
        "swordfish",
        '["swordfish"]',
        '{"swordfish": {"Authorization": "swordfish"}}',
        '{"https://example.com/swordfish": {"Authorization": "swordfish"}}',
        '{"https://example.com": "swordfish"}',
        '{"https://example.com": {"Host": "swordfish"}}',
        '{"https://example.com": {"Bad Name": "swordfish"}}',
        '{"https://example.com": {"Authorization": "swordfish\\r\\nX: y"}}',
        '{"https://example.com": {"Authorization": 7}}',
    ],
)
def test_a_bad_secret_is_named_but_not_shown(monkeypatch: pytest.MonkeyPatch, headers: str) -> None:
    """What is logged at the start is read by many."""
    monkeypatch.setenv("PIXELMILL_FETCH_HOST_HEADERS", headers)
    with pytest.raises(SettingsError, match=r"PIXELMILL_FETCH_HOST_HEADERS: .*expected") as complaint:
        Settings.from_environment()
    assert "received" not in str(complaint.value)


def test_headers_belong_to_an_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    """However its URL is spelled."""
    monkeypatch.setenv("PIXELMILL_FETCH_HOST_HEADERS", '{"HTTPS://Example.com:443": {"Authorization": "Bearer a"}}')
    ((origin, headers),) = Settings.from_environment().fetch.host_headers.items()
    assert (origin, headers["Authorization"].get_secret_value()) == (("https", "example.com", 443), "Bearer a")


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("PIXELMILL_API_PORT", "http", 'expected an integer, received "http"'),
        ("PIXELMILL_LOG_LEVEL", "loud", 'expected one of debug, info, warning or error, received "loud"'),
        ("PIXELMILL_FETCH_HOST_CONCURRENCY", "0", 'expected an integer of at least 1, received "0"'),
        (
            "PIXELMILL_FETCH_ALLOWED_PORTS",
            "[9009]",
            'expected an integer, received "[9009]"; entries are separated by commas',
        ),
    ],
)
def test_a_bad_setting_is_told_in_our_words(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, complaint: str
) -> None:
    """Those of a request: what was expected, what was received, and how a list is written."""
    monkeypatch.setenv(name, text)
    with pytest.raises(SettingsError) as refusal:
        Settings.from_environment()
    assert str(refusal.value) == f"{name}: {complaint}"


def test_presets_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names, each with its variants; an empty variable has none, as compose files write it."""
    monkeypatch.setenv("PIXELMILL_PRESETS", '{"avatar": {"small": {"width": 48, "height": 48}}}')
    assert Settings.from_environment().submit.presets == {"avatar": {"small": Transformation(width=48, height=48)}}

    monkeypatch.setenv("PIXELMILL_PRESETS", "")
    assert Settings.from_environment().submit.presets == {}


@pytest.mark.parametrize(
    ("presets", "complaint"),
    [
        ("responsive", "expected JSON: Expecting value"),
        ("[]", "expected an object, received an array"),
        ('{"a": {}}', "a: expected at least one entry, received none"),
        ('{"A b": {"c": {"width": 1}}}', "A b: expected a name that matches"),
        ('{"a": {"B": {"width": 1}}}', "a.B: expected a name that matches"),
        ('{"a": {"b": {"width": 0}}}', "a.b.width: expected an integer of at least 1, received 0"),
        ('{"a": {"b": {"wdth": 1}}}', "a.b.wdth: unknown field"),
        ('{"a": {"b": {"quality": 1}}}', "a.b: expected width, height or both"),
        ('{"a": {"b": {"width": 1, "lossless": true}}}', "a.b: lossless has no meaning with format source"),
    ],
)
def test_a_bad_preset_is_named(monkeypatch: pytest.MonkeyPatch, presets: str, complaint: str) -> None:
    """Down to the entry that is wrong: the variable may be long."""
    monkeypatch.setenv("PIXELMILL_PRESETS", presets)

    with pytest.raises(SettingsError) as refusal:
        Settings.from_environment()

    assert str(refusal.value).startswith(f"PIXELMILL_PRESETS: {complaint}")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_on_loopback_nobody_has_to_be_named(host: str) -> None:
    """It is this machine."""
    ApiSettings().require_access(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "api.example.com", ""])  # noqa: S104 - refused
def test_elsewhere_it_has_to_be_said_who_may_come_in(host: str) -> None:
    """Explicitly, even if that is everybody."""
    with pytest.raises(SettingsError, match="PIXELMILL_API_ACCESS: expected `keys` or `open`"):
        ApiSettings().require_access(host)
    for access in ("keys", "open"):
        ApiSettings.model_validate({"access": access}).require_access(host)
