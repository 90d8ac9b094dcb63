"""The URL of a source: something on the web, or an object in a bucket."""

from pixelmill.domain.object_url import is_object_url, normalize_object_url, object_of
from pixelmill.domain.url import normalize_url, origin_of


def normalize_source_url(url: str) -> str:
    """Put the URL of a source into its one normal form.

    Raises:
        ValueError: It cannot be fetched; the message is public.
    """
    stripped = url.strip(" \t\r\n")
    return normalize_object_url(stripped) if is_object_url(stripped) else normalize_url(stripped)


def host_of(url: str) -> str:
    """Who is asked for a source, as far as turns and logs go: a host, or a bucket."""
    return object_of(url).bucket if is_object_url(url) else origin_of(url).host
