"""Who asks, and what they may do: API keys, and the tenants they belong to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from pixelmill.domain.task import Task, Tenant
from pixelmill.domain.webhook import WebhookUrl

KEY_ID_PATTERN: Final = r"^[0-9a-f]{12}$"


class Scope(StrEnum):
    """What a key is good for; a key may have several."""

    SUBMIT = "submit"
    READ = "read"
    OPERATE = "operate"


def _each_once(scopes: object) -> object:
    if isinstance(scopes, list) and any(scopes.count(scope) > 1 for scope in scopes):
        raise ValueError("expected each scope once")
    return scopes


class CreateApiKeyRequest(BaseModel):
    """What a key is asked to be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tenant: Tenant = Field(description="Whose key it is: keys of one tenant see the same tasks, and no others.")
    scopes: Annotated[frozenset[Scope], BeforeValidator(_each_once), Field(min_length=1)] = Field(
        default=frozenset({Scope.SUBMIT, Scope.READ}),
        description="`submit`: submit and cancel tasks. `read`: follow them and read the history. `operate`: what the "
        "operator does, and the tasks of every tenant.",
    )
    webhook_url: WebhookUrl | None = Field(
        default=None, description="Who is told of tasks that are submitted with this key and name nobody."
    )


class ApiKey(BaseModel):
    """What is known of an API key. Its text is told once, to whoever makes it, and kept nowhere.

    A tenant may have several keys, so that a new one is in use before the old one is revoked.
    """

    model_config = ConfigDict(frozen=True)

    key_id: str = Field(pattern=KEY_ID_PATTERN, description="Names the key; the middle of its text.")
    tenant: Tenant
    scopes: list[Scope]
    webhook_url: str | None = None
    created_at: datetime
    revoked_at: datetime | None = Field(default=None, description="Since when it opens nothing; null while it does.")


@dataclass(frozen=True)
class Caller:
    """Who sends a request.

    Attributes:
        tenant: Whose tasks they submit; None where the service has no keys.
        scopes: What they may do.
        key_id: The key they have shown; None if they need none.
        webhook_url: Who is told of their tasks, if a task does not say it itself.
    """

    tenant: str | None
    scopes: frozenset[Scope]
    key_id: str | None = None
    webhook_url: str | None = None

    @classmethod
    def with_key(cls, key: ApiKey) -> "Caller":
        """Whoever shows this key."""
        return cls(key.tenant, frozenset(key.scopes), key.key_id, key.webhook_url)

    @property
    def sees_all(self) -> bool:
        """Whether the tasks of every tenant are theirs to see."""
        return Scope.OPERATE in self.scopes

    def sees(self, task: Task) -> bool:
        """Whether they may know of this task. To others it does not exist."""
        return self.sees_all or task.tenant == self.tenant


ANYBODY: Final = Caller(tenant=None, scopes=frozenset(Scope))
"""Who reaches a service that needs no keys: all may do everything."""

STRANGER: Final = Caller(tenant=None, scopes=frozenset())
"""Who shows no key where keys are needed."""
