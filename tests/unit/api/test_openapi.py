"""The OpenAPI document: valid, complete, and its examples are what its schemas say."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from pixelmill.api.access import SCOPE_OF_ROUTE
from pixelmill.api.app import create_app
from pixelmill.api.composition import make_services
from pixelmill.api.problems import PROBLEM_MEDIA_TYPE
from pixelmill.api.rate_limiting import KIND_OF_ROUTE, READS, SUBMISSIONS
from pixelmill.domain.access import Scope
from pixelmill.domain.errors import CATALOGUE
from pixelmill.domain.transformation import Transformation
from pixelmill.settings import Settings

UNDESCRIBED = {"/", "/openapi.json", "/docs", "/docs/<name>"}
"""The routes that describe the others."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application, connected to nothing."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PIXELMILL_STORE_URL", tmp_path_factory.mktemp("store").as_uri())
        return create_app(make_services(Settings.from_environment()))


@pytest.fixture(scope="module")
def document(app: Flask) -> dict[str, Any]:
    served: dict[str, Any] = app.test_client().get("/openapi.json").get_json()
    return served


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in document["paths"].values():
        yield from methods.values()


def media(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every described body, by its media type."""
    for operation in operations(document):
        for body in (operation.get("requestBody", {}), *operation["responses"].values()):
            yield from body.get("content", {}).items()


def test_it_is_valid(document: dict[str, Any]) -> None:
    """By the OpenAPI initiative's own schema, and every reference leads somewhere."""
    assert document["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_every_route_is_described(app: Flask, document: dict[str, Any]) -> None:
    """And nothing that is no route."""
    rules = {rule.rule for rule in app.url_map.iter_rules()} - UNDESCRIBED
    assert {path.replace("{", "<").replace("}", ">") for path in document["paths"]} == rules


def test_every_operation_says_what_it_does_and_how_it_fails(document: dict[str, Any]) -> None:
    """A summary, an id of its own, and problems whose codes are in the catalogue."""
    every = list(operations(document))
    assert all(operation["summary"] and "500" in operation["responses"] for operation in every)
    assert len({operation["operationId"] for operation in every}) == len(every)
    codes = {code for kind, body in media(document) if "problem" in kind for code in body["examples"]}
    assert codes <= set(CATALOGUE)


def test_every_example_is_of_its_schema(document: dict[str, Any]) -> None:
    """Of requests, tasks, pages and problems."""
    count = 0
    for _, body in media(document):
        examples = [example["value"] for example in body.get("examples", {}).values()]
        for example in examples + ([body["example"]] if "example" in body else []):
            OAS31Validator(body["schema"] | {"components": document["components"]}).validate(example)
            count += 1
    assert count > 20


def test_both_ways_to_submit_are_described(document: dict[str, Any]) -> None:
    """JSON, and a form with a file and a JSON part."""
    body = document["paths"]["/queue-task"]["post"]["requestBody"]
    assert set(body["content"]) == {"application/json", "multipart/form-data"}
    assert body["content"]["multipart/form-data"]["encoding"]["task"]["contentType"] == "application/json"


def test_every_parameter_of_an_image_is_described(document: dict[str, Any]) -> None:
    """With its limits, as the model checks them."""
    described = document["components"]["schemas"]["Transformation"]["properties"]
    assert set(described) == set(Transformation.model_fields)
    (width, _) = described["width"]["anyOf"]
    assert (width["minimum"], width["maximum"]) == (1, 8192)


def test_headers_are_described(document: dict[str, Any]) -> None:
    """Those a client acts on."""
    status = document["paths"]["/task-status/{task_id}"]["get"]
    assert {parameter["name"] for parameter in status["parameters"]} == {"task_id", "Prefer", "If-None-Match"}
    assert {"ETag", "Retry-After", "Preference-Applied"} <= set(status["responses"]["200"]["headers"])
    submit = document["paths"]["/queue-task"]["post"]["responses"]
    assert "Location" in submit["202"]["headers"]
    assert "Retry-After" in submit["503"]["headers"]


def test_rate_limits_are_described_where_requests_are_counted(app: Flask, document: dict[str, Any]) -> None:
    """The refusal, and what every answer but a redirect tells; nowhere else."""
    codes = {SUBMISSIONS: "too_many_submissions", READS: "too_many_reads"}
    for path, methods in document["paths"].items():
        kind = KIND_OF_ROUTE.get(path.replace("{", "<").replace("}", ">"))
        for operation in methods.values():
            refusals = operation["responses"].get("429", {"content": {PROBLEM_MEDIA_TYPE: {"examples": {}}}})
            described = refusals["content"][PROBLEM_MEDIA_TYPE]["examples"].keys() & codes.values()
            assert described == ({codes[kind]} if kind else set()), path
            for status, answer in operation["responses"].items():
                fields = answer.get("headers", {}).keys() & {"RateLimit", "RateLimit-Policy"}
                assert len(fields) == (2 if kind and status != "302" else 0), (path, status)


def test_refusals_are_described_where_a_key_opens(document: dict[str, Any]) -> None:
    """All of them, and nowhere else; nginx can refuse every request."""
    refusals = {"api_key_required", "invalid_api_key", "insufficient_scope", "api_keys_unavailable", "foreign_request"}
    for path, methods in document["paths"].items():
        is_open = SCOPE_OF_ROUTE[path.replace("{", "<").replace("}", ">")] == "anybody"
        for operation in methods.values():
            bodies = [
                answer.get("content", {}).get(PROBLEM_MEDIA_TYPE, {}) for answer in operation["responses"].values()
            ]
            codes = {code for body in bodies for code in body.get("examples", {})}
            assert codes & refusals == (set() if is_open else refusals), path
            assert "rate_limited" in codes, path


def test_what_submits_and_what_reads_is_counted() -> None:
    """Every route that a caller's key opens, but the one that makes less work."""
    kinds = {Scope.SUBMIT: SUBMISSIONS, "signature": SUBMISSIONS, Scope.READ: READS}
    wanted = {route: kinds[opening] for route, opening in SCOPE_OF_ROUTE.items() if opening in kinds}
    assert wanted.pop("/cancel-task/<task_id>")
    assert wanted == KIND_OF_ROUTE


def test_no_folder_is_named(document: dict[str, Any]) -> None:
    """What is served is the same wherever it was made."""
    assert str(Path.cwd()) not in str(document)
