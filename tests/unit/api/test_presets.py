"""`GET /presets`: what a request may name."""

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from pixelmill.api.app import create_app
from pixelmill.api.composition import make_services
from pixelmill.domain.preset import BUILT_IN
from pixelmill.settings import Settings

AVATAR = {"small": {"width": 48, "height": 48}, "large": {"width": 192, "height": 192}}


@pytest.fixture
def http(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Of an api that has a preset of its own and asks for keys, connected to nothing."""
    monkeypatch.setenv("PIXELMILL_STORE_URL", (tmp_path / "store").as_uri())
    monkeypatch.setenv("PIXELMILL_API_ACCESS", "keys")
    monkeypatch.setenv("PIXELMILL_PRESETS", json.dumps({"avatar": AVATAR}))
    return create_app(make_services(Settings.from_environment())).test_client()


def test_all_presets_are_listed(http: FlaskClient) -> None:
    """With what they say and no more; nobody needs a key to know them."""
    presets = http.get("/presets").get_json()["presets"]

    assert set(presets) == {"avatar", *BUILT_IN}
    assert presets["avatar"] == AVATAR
    assert presets["responsive"]["avif-320"] == {"width": 320, "format": "avif", "without_enlargement": True}


def test_a_parameter_is_refused(http: FlaskClient) -> None:
    """As everywhere."""
    assert http.get("/presets?name=avatar").status_code == 422
