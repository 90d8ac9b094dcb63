"""Who sends the current request, and whether they may: API keys as bearer tokens (RFC 6750)."""

import re
from collections.abc import Mapping
from typing import Final, Literal

from flask import Flask, g, request
from structlog.contextvars import bind_contextvars

from pixelmill.access.known_keys import KnownKeys
from pixelmill.api.openapi import Json, add_problems, operations_at
from pixelmill.domain.access import ANYBODY, STRANGER, Caller, Scope
from pixelmill.domain.errors import (
    ApiKeyRequired,
    ApiKeysUnavailable,
    ForeignRequest,
    InsufficientScope,
    InvalidApiKey,
    PixelmillError,
)
from pixelmill.domain.task import Task
from pixelmill.settings import is_loopback

Opening = Scope | Literal["anybody", "signature"]

SCOPE_OF_ROUTE: Final[Mapping[str, Opening]] = {
    "/queue-task": Scope.SUBMIT,
    "/queue-tasks": Scope.SUBMIT,
    "/cancel-task/<task_id>": Scope.SUBMIT,
    "/test-webhook": Scope.SUBMIT,
    "/task-status/<task_id>": Scope.READ,
    "/task-status/<task_id>/events": Scope.READ,
    "/events": Scope.READ,
    "/task-history": Scope.READ,
    "/task-history/<task_id>": Scope.READ,
    "/task-history/export": Scope.READ,
    "/dead-letters": Scope.OPERATE,
    "/dead-letters/<task_id>/requeue": Scope.OPERATE,
    "/dead-letters/requeue": Scope.OPERATE,
    "/webhook-deliveries": Scope.OPERATE,
    "/webhook-deliveries/<delivery_id>/replay": Scope.OPERATE,
    "/overview": Scope.OPERATE,
    "/api-keys": Scope.OPERATE,
    "/api-keys/<key_id>/revoke": Scope.OPERATE,
    # The URL is the permission, where it has to be signed; else as any other submission.
    "/resize": "signature",
    # Nobody guesses the path of a result; probes and Prometheus show no keys; the rest describes the API.
    "/images/<slot>/<task_id>/<execution_id>/<filename>": "anybody",
    "/health": "anybody",
    "/ready": "anybody",
    "/metrics": "anybody",
    "/": "anybody",
    "/presets": "anybody",
    "/openapi.json": "anybody",
    "/docs": "anybody",
    "/docs/<name>": "anybody",
}
"""What opens each route. One that is missing here opens to operators only."""

_ERRORS: Final[tuple[type[PixelmillError], ...]] = (
    ApiKeyRequired,
    InvalidApiKey,
    InsufficientScope,
    ApiKeysUnavailable,
    ForeignRequest,
)
"""What a route that a key opens may answer."""

SECURITY_SCHEME: Final = "api_key"
_SCHEME: Final[Json] = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API key, where the service asks for one: `Authorization: Bearer pm_...`.",
}

_HOST: Final = re.compile(r"^\[?(.*?)\]?(:\d+)?$")
"""The name in `Host`, without brackets and port."""

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Access:
    """Decides about every request.

    Args:
        known: The keys; None where the service needs none.
        is_signed: Whether `/resize` URLs have to be signed.
        is_for_machine: Whether only this machine may use the service: no page of another site by way of its browser.
    """

    def __init__(self, known: KnownKeys | None, *, is_signed: bool, is_for_machine: bool) -> None:
        self._known = known
        self._is_signed = is_signed
        self._is_for_machine = is_for_machine

    def start(self) -> None:
        """Keep up with the keys from now on."""
        if self._known is not None:
            self._known.start()

    def stop(self) -> None:
        """Keep up no longer."""
        if self._known is not None:
            self._known.stop()

    def describe(self, document: Json) -> None:
        """Say in the OpenAPI document what each operation refuses, and which scope it takes where keys are needed."""
        if self._known is not None:
            document["components"]["securitySchemes"] = {SECURITY_SCHEME: _SCHEME}
        for rule, opening in SCOPE_OF_ROUTE.items():
            scope = self._scope_of(opening)
            for operation in operations_at(document, rule):
                if scope is not None:
                    add_problems(operation, *_ERRORS)
                if self._known is not None:
                    operation["security"] = [{SECURITY_SCHEME: [scope]}] if scope else []

    def _scope_of(self, opening: Opening) -> Scope | None:
        """What a key has to have for a route; None if it takes no key."""
        if opening == "signature":
            return None if self._is_signed else Scope.SUBMIT
        return None if opening == "anybody" else opening

    def install(self, app: Flask) -> None:
        """Have every request say who sends it, and refuse it if they may not."""
        app.before_request(self._admit)

    def _admit(self) -> None:
        g.caller = ANYBODY
        if request.url_rule is None:
            return
        scope = self._scope_of(SCOPE_OF_ROUTE.get(request.url_rule.rule, Scope.OPERATE))
        if self._is_for_machine and scope is not None:
            _refuse_other_sites()
        if self._known is None:
            return
        g.caller = STRANGER
        if scope is None:
            return
        g.caller = self._shown(self._known)
        if scope not in g.caller.scopes:
            raise InsufficientScope(f"This takes a key with the scope {scope}.")

    @staticmethod
    def _shown(known: KnownKeys) -> Caller:
        """Who the shown key belongs to."""
        if request.authorization is None:
            raise ApiKeyRequired("Expected an API key, as in `Authorization: Bearer pm_...`.")
        if request.authorization.type != "bearer" or not request.authorization.token:
            raise InvalidApiKey("Expected the scheme Bearer and an API key, as in `Authorization: Bearer pm_...`.")
        caller = Caller.with_key(known.find(request.authorization.token))
        bind_contextvars(tenant=caller.tenant, key_id=caller.key_id)
        return caller


def _refuse_other_sites() -> None:
    """Refuse what a page of another site has a browser on this machine send.

    A name that is made to resolve to this machine (DNS rebinding) lets such a page read answers: it is in `Host`.
    Without one, a form can still be sent, and the browser says so (Fetch Metadata).
    """
    if not is_loopback(_HOST.sub(r"\1", request.host).lower()):
        raise ForeignRequest(
            "Expected this machine as Host, such as 127.0.0.1 or localhost. PIXELMILL_API_ACCESS opens the service to "
            "others."
        )
    if request.method not in _SAFE_METHODS and request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise ForeignRequest("A page of another site may not do this.")


def caller() -> Caller:
    """Who sends the current request."""
    found: Caller = g.caller
    return found


def seen(task: Task | None) -> Task | None:
    """The task, if whoever sends the current request may know of it."""
    return task if task is not None and caller().sees(task) else None
