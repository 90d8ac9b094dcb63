"""What a refusal or a silence of the service means to somebody at a command line, and what to do about it."""

from typing import Final

from pixelmill.client.problems import ApiProblem, ClientError, ServiceUnreachable

_SET_KEY: Final = "set PIXELMILL_API_KEY or --api-key"


def said(error: ClientError) -> str:
    """An error in a sentence, with the remedy where the command line has it."""
    if isinstance(error, ServiceUnreachable):
        return f"{error} Is it running (`pixelmill up`)? If it is elsewhere, set PIXELMILL_SERVER or --server."
    if not isinstance(error, ApiProblem):
        return str(error)
    match error.code:
        case "api_key_required":
            return f"Expected an API key: {_SET_KEY}."  # the service's sentence is for those who write requests
        case "invalid_api_key":
            return f"The API key is none of this service, or it was revoked: {_SET_KEY}."
        case "insufficient_scope":
            return f"{error.detail} To use another one, {_SET_KEY}."
        case _:
            return error.detail
