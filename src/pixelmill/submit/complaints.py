"""Say what is wrong with a request, field by field, in words a caller can act on."""

from pydantic import ValidationError

from pixelmill.domain.errors import InvalidRequest


def invalid_request(error: ValidationError) -> InvalidRequest:
    """Turn pydantic's complaint about a request model into the catalogue's."""
    raise NotImplementedError
