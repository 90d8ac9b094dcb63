"""Say what is wrong with a request, field by field, in words a caller can act on."""

from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pixelmill.domain.errors import FieldError, InvalidRequest
from pixelmill.domain.expectation import complaint, shown
from pixelmill.submit.schema import Model, known_names, places, schemas_at

MAX_COMPLAINTS: Final = 20
"""So many say enough; a body can have thousands of unknown fields."""


def invalid_request(error: ValidationError, model: Model) -> InvalidRequest:
    """Turn pydantic's complaint about a request into the catalogue's.

    Args:
        error: The complaint.
        model: What the request should have been.
    """
    details = error.errors(include_url=False)
    complaints = [_complaint(model, each) for each in details[:MAX_COMPLAINTS]]
    if len(details) > MAX_COMPLAINTS:
        complaints.append(FieldError(field="", detail=f"and {len(details) - MAX_COMPLAINTS:,} more"))
    return InvalidRequest(complaints)


def _complaint(model: Model, details: ErrorDetails) -> FieldError:
    path = details["loc"]
    detail = complaint(details, schemas_at(model, path), known_names(model, path[:-1]))
    return FieldError(field=".".join(shown(str(part)) for part in places(path)), detail=detail)
