"""Query parameters: a misspelled or repeated one is refused by name, never ignored."""

import re
from typing import Annotated, Final, Literal

from flask import request
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from pixelmill.domain.errors import FieldError, InvalidRequest
from pixelmill.domain.limits import MAX_URL_CHARACTERS
from pixelmill.domain.source_url import normalize_source_url
from pixelmill.domain.task import TASK_ID_PATTERN
from pixelmill.domain.url import MAX_HOST_CHARACTERS, normalize_host

MAX_HISTORY_TASKS: Final = 200
"""Most tasks of one page: about 200 kB of JSON."""

MAX_FOLLOWED_TASKS: Final = 100
"""Most tasks of one event stream: their ids make a request line of 4 kB."""

HistoryStatus = Literal["pending", "completed", "failed", "canceled"]
"""The statuses, in the words of a query."""

_TASK_ID = re.compile(TASK_ID_PATTERN)
_UPLOAD_PREFIX: Final = "sha256:"


def _source_identity(value: str) -> str:
    return value if value.startswith(_UPLOAD_PREFIX) else normalize_source_url(value)


def _host(value: str) -> str:
    try:
        return normalize_host(value)
    except ValueError as error:
        raise ValueError("expected a host such as example.com, received something else") from error


def _no_number(value: object) -> object:
    if isinstance(value, str) and "-" not in value[1:]:  # pydantic would read seconds since 1970
        raise ValueError("expected a time like 2026-11-24T04:30:00Z")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_no_number)]
"""A time as RFC 3339 has it."""


Cursor = Annotated[str, Field(max_length=1024)]
"""Where a page begins, as the page before said it."""


class CursorQuery(BaseModel):
    """Where to go on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cursor: Cursor | None = Field(default=None, description="`next_cursor` of the answer before.")


class DeadLetterQuery(CursorQuery):
    """Which dead letters to list."""

    limit: int = Field(default=50, ge=1, le=MAX_HISTORY_TASKS, description="Most tasks on the page.")


class HistoryFilter(BaseModel):
    """Which tasks of the trail."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: HistoryStatus | None = Field(default=None, description="Only tasks that stand so.")
    since: Moment | None = Field(default=None, description="Only tasks accepted at this time or later.")
    until: Moment | None = Field(default=None, description="Only tasks accepted before this time.")
    source: Annotated[str, Field(max_length=MAX_URL_CHARACTERS), AfterValidator(_source_identity)] | None = Field(
        default=None, description="Only tasks of this source: its URL, or `sha256:` and the digest of an upload."
    )
    host: Annotated[str, Field(max_length=MAX_HOST_CHARACTERS), AfterValidator(_host)] | None = Field(
        default=None, description="Only tasks whose source is on this host."
    )


class HistoryQuery(HistoryFilter):
    """What to list of the trail."""

    cursor: Cursor | None = Field(default=None, description="`next_cursor` of the page before.")
    limit: int = Field(default=50, ge=1, le=MAX_HISTORY_TASKS, description="Most tasks on the page.")


def _task_id(value: str) -> str:
    if not _TASK_ID.fullmatch(value):
        raise ValueError("expected a task id of 32 hex digits, received something else")
    return value


AskedTaskId = Annotated[str, AfterValidator(_task_id), Field(json_schema_extra={"pattern": TASK_ID_PATTERN})]
"""A task, as a query names it."""


class EventsQuery(BaseModel):
    """Which tasks to follow."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    task_id: Annotated[
        list[AskedTaskId],
        Field(min_length=1, max_length=MAX_FOLLOWED_TASKS, description="The tasks to follow; one parameter for each."),
    ]


def refuse_repeated_parameters() -> None:
    """Raise `InvalidRequest` if the current request gives a query parameter more than once."""
    counts = {name: len(values) for name, values in request.args.lists()}
    _refuse({name: f"expected once, received {count} times" for name, count in counts.items() if count > 1})


def refuse_parameters() -> None:
    """Raise `InvalidRequest` if the current request gives any query parameter; for routes that have none."""
    _refuse(dict.fromkeys(request.args, "unknown query parameter; this route has none"))


def _refuse(details: dict[str, str]) -> None:
    if details:
        raise InvalidRequest([FieldError(field=name, detail=detail) for name, detail in sorted(details.items())])
