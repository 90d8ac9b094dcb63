"""URLs for `<img src>`: the image behind one is made when it is first asked for."""

from datetime import datetime
from typing import Unpack

from pixelmill.client.parameters import Parameters
from pixelmill.domain.query_form import write_parameter
from pixelmill.domain.signature import PATH, SIGNATURE, canonical_query, signature_of


def resize_url(
    base_url: str,
    image_url: str,
    *,
    key: str | None = None,
    expires_at: datetime | None = None,
    **parameters: Unpack[Parameters],
) -> str:
    """The URL of an image that the service makes of another. Nothing is sent to the service.

    Args:
        base_url: Where the service is, such as `https://images.example.com`.
        image_url: The source.
        key: One of the service's signing keys, if it has any.
        expires_at: When the URL ceases to be valid; never by default. It only counts in a signed URL.
        **parameters: What to make. Without `format`, whoever asks gets the best one that it accepts.
    """
    query = {"image_url": image_url}
    query |= {name: write_parameter(name, value) for name, value in parameters.items()}
    if expires_at is not None:
        query["expires"] = str(int(expires_at.timestamp()))
    signature = f"&{SIGNATURE}={signature_of(query, key)}" if key else ""
    return f"{base_url.rstrip('/')}{PATH}?{canonical_query(query)}{signature}"
