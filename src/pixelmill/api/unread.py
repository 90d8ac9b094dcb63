"""Bodies that were refused before they were read to their end."""

from typing import Final

from flask import Flask, Response, request

CHUNK_BYTES: Final = 64 * 1024


def discard_unread_bodies(app: Flask, *, max_bytes: int) -> None:
    """Read what is left of a body before its request is answered.

    Granian closes a connection whose body it has not read. A sender that listens only when it has sent everything, as
    nginx does, then learns that the connection broke, and not why it was refused.

    Args:
        app: The application.
        max_bytes: What is read of a body at most; whoever sends more has to do without the answer.
    """

    def discard(response: Response) -> Response:
        # Not Flask's stream, which raises at the limit of the route.
        body = request.environ["wsgi.input"]
        left_bytes = max_bytes
        while left_bytes > 0 and (chunk := body.read(CHUNK_BYTES)):
            left_bytes -= len(chunk)
        return response

    app.after_request(discard)
