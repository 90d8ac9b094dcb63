"""The one catalogue of errors.

Every failure a caller can meet is a class here, with a stable `code`, a `title`, whose fault it is and whether
trying again can help. `detail` is public: it never contains internals, which belong in the log. No HTTP here:
`pixelmill.api.problems` alone maps errors to statuses.
"""

from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field


class Fault(StrEnum):
    """Whose fault an error is."""

    CALLER = "caller"
    SOURCE = "source"
    SERVICE = "service"


class TaskError(BaseModel):
    """An error as a task carries it: stored with the task, shown to the caller, kept in the trail."""

    model_config = ConfigDict(frozen=True)

    code: str = Field(description="Stable, machine-readable kind of the failure.", examples=["source_not_found"])
    title: str = Field(description="The kind of the failure in words.", examples=["The source does not exist"])
    detail: str = Field(description="What happened this time, and what to do about it.")
    retryable: bool = Field(description="Whether the same request may succeed later.")


class PixelmillError(Exception):
    """Base of the catalogue.

    Args:
        detail: What happened this time, in words the caller may read.
        retry_after_seconds: When trying again makes sense, where that is known.
    """

    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Something went wrong on our side"
    fault: ClassVar[Fault] = Fault.SERVICE
    retryable: ClassVar[bool] = True

    def __init__(self, detail: str | None = None, *, retry_after_seconds: int | None = None) -> None:
        self.detail = detail or f"{self.title}."
        self.retry_after_seconds = retry_after_seconds
        super().__init__(self.detail)

    def as_task_error(self) -> TaskError:
        """This error in the form a task carries."""
        return TaskError(code=self.code, title=self.title, detail=self.detail, retryable=self.retryable)


class InternalError(PixelmillError):
    """A bug or an outage of ours; the log has the cause."""


# --- the request -----------------------------------------------------------------------------------------------------


class FieldError(BaseModel):
    """One refused field of a request."""

    model_config = ConfigDict(frozen=True)

    field: str = Field(description="Dotted path of the field.", examples=["parameters.width"])
    detail: str = Field(
        description="What was expected and what was received.",
        examples=["expected an integer from 1 to 8192, received 0"],
    )

    @property
    def sentence(self) -> str:
        """The detail with the field in it: `expected an integer for parameters.width, received "a"`."""
        expected, comma, received = self.detail.partition(", received ")
        if comma and self.field:
            return f"{expected} for {self.field}{comma}{received}"
        return f"{self.field}: {self.detail}" if self.field else self.detail


class InvalidRequest(PixelmillError):
    """The request can be read, but a field in it is wrong.

    Args:
        errors: Every refused field, at least one.
    """

    code = "invalid_request"
    title = "The request is not valid"
    fault = Fault.CALLER
    retryable = False

    def __init__(self, errors: list[FieldError]) -> None:
        self.errors = errors
        super().__init__("; ".join(error.sentence for error in errors))


class MalformedRequest(PixelmillError):
    """The request cannot be read at all."""

    code = "malformed_request"
    title = "The request cannot be read"
    fault = Fault.CALLER
    retryable = False


class RequestTooLarge(PixelmillError):
    """The body is larger than the service accepts."""

    code = "request_too_large"
    title = "The request is too large"
    fault = Fault.CALLER
    retryable = False


class UnsupportedMediaType(PixelmillError):
    """The body is of a type this route does not read."""

    code = "unsupported_media_type"
    title = "The content type is not supported"
    fault = Fault.CALLER
    retryable = False


class IdempotencyKeyReused(PixelmillError):
    """Another request was sent with the same idempotency key."""

    code = "idempotency_key_reused"
    title = "The idempotency key belongs to another request"
    fault = Fault.CALLER
    retryable = False


class IdempotencyKeyInUse(PixelmillError):
    """The first request with this idempotency key is not answered yet."""

    code = "idempotency_key_in_use"
    title = "A request with this idempotency key is being answered"
    fault = Fault.CALLER


class RouteNotFound(PixelmillError):
    """There is nothing at this path."""

    code = "route_not_found"
    title = "There is no such route"
    fault = Fault.CALLER
    retryable = False


class MethodNotAllowed(PixelmillError):
    """The path exists, the method does not."""

    code = "method_not_allowed"
    title = "This route does not answer that method"
    fault = Fault.CALLER
    retryable = False


class ApiKeyRequired(PixelmillError):
    """This service is for those with an API key, and the request shows none."""

    code = "api_key_required"
    title = "An API key is required"
    fault = Fault.CALLER
    retryable = False


class InvalidApiKey(PixelmillError):
    """The key was never made here, or was revoked."""

    code = "invalid_api_key"
    title = "The API key is not valid"
    fault = Fault.CALLER
    retryable = False


class InsufficientScope(PixelmillError):
    """The key is good, but not for this."""

    code = "insufficient_scope"
    title = "The API key does not allow this"
    fault = Fault.CALLER
    retryable = False


class ApiKeyNotFound(PixelmillError):
    """There is no key with this id."""

    code = "api_key_not_found"
    title = "There is no such API key"
    fault = Fault.CALLER
    retryable = False


class ForeignRequest(PixelmillError):
    """A service that asks for no keys and is for its machine alone was called from elsewhere, by way of a browser."""

    code = "foreign_request"
    title = "This service is for its own machine"
    fault = Fault.CALLER
    retryable = False


class InvalidSignature(PixelmillError):
    """The URL has to be signed, and is not, or was changed since."""

    code = "invalid_signature"
    title = "The signature is not valid"
    fault = Fault.CALLER
    retryable = False


class SignatureExpired(PixelmillError):
    """The time that a signed URL was valid for is over."""

    code = "signature_expired"
    title = "The signature has expired"
    fault = Fault.CALLER
    retryable = False


class RateLimited(PixelmillError):
    """The caller sends requests faster than it may."""

    code = "rate_limited"
    title = "Too many requests"
    fault = Fault.CALLER


class TooManySubmissions(PixelmillError):
    """The caller submits more than it may in a minute; nothing of this was accepted, and it may still read."""

    code = "too_many_submissions"
    title = "Too many submissions"
    fault = Fault.CALLER


class TooManyReads(PixelmillError):
    """The caller asks more often than it may in a minute; what it submitted goes on, and it may still submit."""

    code = "too_many_reads"
    title = "Too many reads"
    fault = Fault.CALLER


class TaskNotFound(PixelmillError):
    """No task with this id was ever accepted."""

    code = "task_not_found"
    title = "There is no such task"
    fault = Fault.CALLER
    retryable = False


class DeliveryNotFound(PixelmillError):
    """No message with this id can be sent again."""

    code = "delivery_not_found"
    title = "There is no such message"
    fault = Fault.CALLER
    retryable = False


class TaskExpired(PixelmillError):
    """The task existed; its result is gone. Submitting it again makes it anew."""

    code = "task_expired"
    title = "The task has expired"
    fault = Fault.CALLER
    retryable = False


class TaskInterrupted(PixelmillError):
    """The task was accepted and has not ended, and the queue has lost it; the operator recovers it from the trail."""

    code = "task_interrupted"
    title = "The task was interrupted"


class NotADeadLetter(PixelmillError):
    """Only what was given up is started again; whoever wants another task again submits it."""

    code = "not_a_dead_letter"
    title = "The task is no dead letter"
    fault = Fault.CALLER
    retryable = False


class TaskFinished(PixelmillError):
    """The task has ended; there is nothing left to cancel."""

    code = "task_finished"
    title = "The task has finished"
    fault = Fault.CALLER
    retryable = False


# --- the source ------------------------------------------------------------------------------------------------------


class SourceForbidden(PixelmillError):
    """The address, port, scheme or host of the source is one we never connect to."""

    code = "source_forbidden"
    title = "The source may not be fetched"
    fault = Fault.SOURCE
    retryable = False


class SourceUnreachable(PixelmillError):
    """The origin could not be connected to, broke off, or answered with a passing error."""

    code = "source_unreachable"
    title = "The source could not be reached"
    fault = Fault.SOURCE


class SourceHostUnknown(PixelmillError):
    """The name server says that there is no such host."""

    code = "source_host_unknown"
    title = "The host of the source does not exist"
    fault = Fault.SOURCE
    retryable = False


class SourceCertificateInvalid(PixelmillError):
    """The origin cannot prove that it is the host it was asked as."""

    code = "source_certificate_invalid"
    title = "The certificate of the origin is not valid"
    fault = Fault.SOURCE
    retryable = False


class SourceTimeout(PixelmillError):
    """The origin was too slow."""

    code = "source_timeout"
    title = "The source took too long"
    fault = Fault.SOURCE


class SourceNotFound(PixelmillError):
    """The origin says there is nothing at this URL (404, 410)."""

    code = "source_not_found"
    title = "The source does not exist"
    fault = Fault.SOURCE
    retryable = False


class SourceRefused(PixelmillError):
    """The origin refuses to hand the source out (401, 403 and other lasting 4xx)."""

    code = "source_refused"
    title = "The origin refused to serve the source"
    fault = Fault.SOURCE
    retryable = False


class SourceTooLarge(PixelmillError):
    """The source has more bytes than the limit."""

    code = "source_too_large"
    title = "The source is too large"
    fault = Fault.SOURCE
    retryable = False


class SourceNotAnImage(PixelmillError):
    """The first bytes are those of no image we know."""

    code = "source_not_an_image"
    title = "The source is not an image"
    fault = Fault.SOURCE
    retryable = False


class UnsupportedFormat(PixelmillError):
    """An image, but of a format that is not decoded here."""

    code = "unsupported_format"
    title = "The image format is not supported"
    fault = Fault.SOURCE
    retryable = False


class TooManyPixels(PixelmillError):
    """Width x height x frames exceeds a limit; judged from the header, before any pixel."""

    code = "too_many_pixels"
    title = "The image has too many pixels"
    fault = Fault.SOURCE
    retryable = False


class CorruptImage(PixelmillError):
    """The file ends early or contradicts itself."""

    code = "corrupt_image"
    title = "The image is damaged"
    fault = Fault.SOURCE
    retryable = False


# --- the work --------------------------------------------------------------------------------------------------------


class ImpossibleTransformation(PixelmillError):
    """What is asked cannot be made from this source; known only once its size is."""

    code = "impossible_transformation"
    title = "The transformation is impossible for this image"
    fault = Fault.CALLER
    retryable = False


class MaxBytesNotMet(PixelmillError):
    """The variant takes more bytes than were asked for at the lowest quality, or in a format that has none."""

    code = "max_bytes_not_met"
    title = "The image cannot be made that small"
    fault = Fault.CALLER
    retryable = False


class TransformTimeout(PixelmillError):
    """The child was killed at its deadline."""

    code = "transform_timeout"
    title = "Transforming the image took too long"
    fault = Fault.SOURCE


class TransformCrashed(PixelmillError):
    """The child died, or outgrew its memory and was killed."""

    code = "transform_crashed"
    title = "Transforming the image crashed"
    fault = Fault.SOURCE


class WorkerLost(PixelmillError):
    """Every worker that took the task died with it; it is a dead letter."""

    code = "worker_lost"
    title = "The task was given up after its workers died"


class Canceled(PixelmillError):
    """The task was canceled."""

    code = "canceled"
    title = "The task was canceled"
    fault = Fault.CALLER


# --- the service -----------------------------------------------------------------------------------------------------


class QueueFull(PixelmillError):
    """More tasks wait than the limit; nothing was enqueued."""

    code = "queue_full"
    title = "The queue is full"


class QueueUnavailable(PixelmillError):
    """Redis does not answer; nothing is known to be enqueued."""

    code = "queue_unavailable"
    title = "The queue is not available"


class TooManyUploads(PixelmillError):
    """As many uploads are being received as may be; nothing of this one was kept."""

    code = "too_many_uploads"
    title = "Too many uploads at once"


class TooManyStreams(PixelmillError):
    """As many event streams are open as may be; polling still works."""

    code = "too_many_streams"
    title = "Too many event streams are open"


class TooManyExports(PixelmillError):
    """As many exports of the history run as may; each holds a thread and a connection to Postgres."""

    code = "too_many_exports"
    title = "Too many exports are running"


class StoreUnavailable(PixelmillError):
    """The store cannot be read or written."""

    code = "store_unavailable"
    title = "The store is not available"


class TrailUnavailable(PixelmillError):
    """Postgres does not answer; tasks go on, the history cannot be read."""

    code = "trail_unavailable"
    title = "The history is not available"


class ApiKeysUnavailable(PixelmillError):
    """Postgres, which has the API keys, does not answer."""

    code = "api_keys_unavailable"
    title = "API keys cannot be checked right now"


class ResultPending(PixelmillError):
    """The request waited as long as it may; the task goes on."""

    code = "result_pending"
    title = "The image is not ready yet"


class ServiceUnavailable(PixelmillError):
    """The api does not answer nginx: it starts, or is overloaded."""

    code = "service_unavailable"
    title = "The service is not available"


def _catalogue(root: type[PixelmillError]) -> dict[str, type[PixelmillError]]:
    return {root.code: root} | {code: cls for sub in root.__subclasses__() for code, cls in _catalogue(sub).items()}


CATALOGUE: dict[str, type[PixelmillError]] = _catalogue(PixelmillError) | {InternalError.code: InternalError}
"""Every error by its code."""


def error_of(task_error: TaskError) -> PixelmillError:
    """The exception for an error that came from another process; `InternalError` if that knows codes we do not."""
    return CATALOGUE.get(task_error.code, InternalError)(task_error.detail)
