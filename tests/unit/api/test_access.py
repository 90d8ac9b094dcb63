"""What opens each route: one table, in which none is missing."""

from pathlib import Path

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from pixelmill.api.access import SCOPE_OF_ROUTE
from pixelmill.api.app import create_app
from pixelmill.api.composition import make_services
from pixelmill.settings import Settings


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An application that asks for keys, connected to nothing."""
    monkeypatch.setenv("PIXELMILL_STORE_URL", (tmp_path / "store").as_uri())
    monkeypatch.setenv("PIXELMILL_API_ACCESS", "keys")
    return create_app(make_services(Settings.from_environment()))


def test_every_route_is_in_the_table(app: Flask) -> None:
    """And nothing else: a new route is locked by somebody, not by accident."""
    assert set(SCOPE_OF_ROUTE) == {rule.rule for rule in app.url_map.iter_rules()}


def test_the_document_says_which_scope_each_operation_takes(app: Flask) -> None:
    """Valid by OpenAPI's own schema."""
    document = app.test_client().get("/openapi.json").get_json()
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    assert document["components"]["securitySchemes"]["api_key"]["scheme"] == "bearer"
    assert document["paths"]["/queue-task"]["post"]["security"] == [{"api_key": ["submit"]}]
    assert document["paths"]["/task-status/{task_id}"]["get"]["security"] == [{"api_key": ["read"]}]
    assert document["paths"]["/health"]["get"]["security"] == []
