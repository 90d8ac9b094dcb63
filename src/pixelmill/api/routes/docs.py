"""`GET /`, `/openapi.json`, `/docs`: the API described, for programs and people; nothing is loaded from elsewhere."""

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, send_file
from werkzeug.exceptions import NotFound

from pixelmill.api.openapi import DOCUMENT_PATH, Json

DOCS_PATH: Final = "/docs"

_OWN_FILES: Final = Path(__file__).parent.parent / "static"
_SWAGGER_FILES: Final = Path(str(files("flask_openapi3_swagger"))) / "templates" / "swagger"

_ASSETS: Final[Mapping[str, Path]] = {
    "docs.js": _OWN_FILES / "docs.js",
    "swagger-ui-bundle.js": _SWAGGER_FILES / "js" / "swagger-ui-bundle.js",
    "swagger-ui.css": _SWAGGER_FILES / "css" / "swagger-ui.css",
}
_ASSET_SECONDS: Final = 3600

# Swagger UI writes style attributes into its pages; its scripts are files.
_CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def docs_routes(document: Json) -> Blueprint:
    """The routes that describe the API; they are not part of what they describe.

    Args:
        document: The OpenAPI document.
    """
    routes = Blueprint("docs", __name__)
    document_json = json.dumps(document)
    index_json = json.dumps(_index_of(document))

    @routes.get("/")
    def index() -> Response:
        """The way in, for who talks to the api directly; in front of it, nginx serves the page here."""
        return Response(index_json, content_type="application/json")

    @routes.get(DOCUMENT_PATH)
    def openapi_document() -> Response:
        return Response(document_json, content_type="application/json")

    @routes.get(DOCS_PATH)
    def docs() -> Response:
        response = send_file(_OWN_FILES / "docs.html", max_age=0)
        response.headers["Content-Security-Policy"] = _CONTENT_SECURITY_POLICY
        return response

    @routes.get(f"{DOCS_PATH}/<name>")
    def docs_asset(name: str) -> Response:
        if name not in _ASSETS:
            raise NotFound
        return send_file(_ASSETS[name], max_age=_ASSET_SECONDS)

    return routes


def _index_of(document: Json) -> Json:
    return {
        "name": document["info"]["title"],
        "version": document["info"]["version"],
        "docs": DOCS_PATH,
        "openapi": DOCUMENT_PATH,
        "routes": {
            f"{method.upper()} {path}": operation["summary"]
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
        },
    }
