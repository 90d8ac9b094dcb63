"""What can go wrong with a call: the service refuses it, cannot be reached, or the download is damaged."""

from http import HTTPStatus
from typing import Final, Self

import httpx
from pydantic import BaseModel, ValidationError

from pixelmill.domain.errors import FieldError
from pixelmill.domain.retry_after import pause_seconds
from pixelmill.domain.task import Task

PASSING_STATUSES: Final = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
"""Statuses after which the same call may soon succeed."""


class ClientError(Exception):
    """Base of what the client raises."""


class ServiceUnreachable(ClientError):
    """The service could not be connected to, or did not answer in time."""


class DownloadDamaged(ClientError):
    """What was downloaded is not the image the task promised."""


class TaskFailed(ClientError):
    """A task has not come to a result.

    Attributes:
        task: As it ended: failed, with its `error`, or canceled.
    """

    def __init__(self, task: Task) -> None:
        self.task = task
        error = task.error
        super().__init__(f"{error.detail} ({error.code})" if error else f"Task {task.task_id} is {task.status.value}.")


class _Problem(BaseModel):
    """The part of a problem document (RFC 9457) the client uses. What proxies write has less in it."""

    title: str
    detail: str
    code: str
    retryable: bool | None = None
    errors: list[FieldError] = []
    request_id: str | None = None
    task: Task | None = None


class ApiProblem(ClientError):
    """The service answered with a problem.

    Attributes:
        status: The HTTP status.
        code: Stable kind of the problem; `unexpected_answer` if the answer came from something else than the api.
        title: The kind in words.
        detail: What happened this time.
        errors: Every refused field, for `invalid_request`.
        retryable: Whether the same call may succeed later.
        request_id: Names the request in the logs of the service.
        retry_after_seconds: When to try again, where the service said so.
        task: The task it is about: one that has expired, was interrupted, or cannot be changed.
    """

    def __init__(self, status: int, problem: _Problem, retry_after_seconds: int | None) -> None:
        self.status = status
        self.code = problem.code
        self.title = problem.title
        self.detail = problem.detail
        self.errors = problem.errors
        self.retryable = status in PASSING_STATUSES if problem.retryable is None else problem.retryable
        self.request_id = problem.request_id
        self.retry_after_seconds = retry_after_seconds
        self.task = problem.task
        super().__init__(f"{problem.detail} ({problem.code})")

    @classmethod
    def of(cls, response: httpx.Response) -> Self:
        """Read the problem in an answer whose body was read."""
        try:
            problem = _Problem.model_validate_json(response.content)
        except ValidationError:
            problem = _Problem(
                title="The answer was not expected",
                detail=f"The answer was {response.status_code} {response.reason_phrase}, without a problem in it.",
                code="unexpected_answer",
            )
        return cls(response.status_code, problem, retry_after_seconds(response))


def retry_after_seconds(response: httpx.Response) -> int | None:
    """The pause that an answer asks for; None if it asks for none."""
    return pause_seconds(response.headers.get("Retry-After"))
