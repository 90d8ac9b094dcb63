"""One form of every URL of an object in a bucket: `s3://bucket/key`, `gs://bucket/key`, `az://container/key`.

Nothing is dialed by such a URL: it names a bucket, which the operator has to allow, and a key in it. The key is what
the path says when its percent-encoding is undone; in the normal form, everything that is not plain is encoded.
"""

import re
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

from pixelmill.domain.limits import MAX_URL_CHARACTERS
from pixelmill.domain.url import check_characters

MAX_KEY_BYTES: Final = 1024
"""Of S3, Google Cloud Storage and Azure alike."""

_SCHEMES: Final = "s3|gs|az"
_BUCKET: Final = r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]"
_BUCKET_URL: Final = re.compile(f"({_SCHEMES})://{_BUCKET}")
_OBJECT_URL: Final = re.compile(f"(?P<bucket>(?i:{_SCHEMES})://{_BUCKET})/(?P<path>[^?#]+)")
_SCHEME: Final = re.compile(f"({_SCHEMES})://", re.IGNORECASE)


class ObjectName(NamedTuple):
    """An object: `bucket` is a URL such as `s3://photos`."""

    bucket: str
    key: str


def is_object_url(url: str) -> bool:
    """Whether a URL names an object in a bucket, or would if it were well-formed."""
    return _SCHEME.match(url) is not None


def is_bucket_url(url: str) -> bool:
    """Whether a URL is that of a bucket as a whole, in its normal form."""
    return _BUCKET_URL.fullmatch(url) is not None


def normalize_object_url(url: str) -> str:
    """Put the URL of an object into its one normal form.

    Raises:
        ValueError: It names none; the message is public.
    """
    check_characters(url)
    name = _OBJECT_URL.fullmatch(url)
    if name is None:
        raise ValueError("expected a URL like s3://bucket/image.jpg, with ? and # in the name written as %3F and %23")
    key = _key_of(name["path"])
    normal = f"{name['bucket'].lower()}/{quote(key, safe='/')}"
    if len(normal) > MAX_URL_CHARACTERS:
        raise ValueError(f"expected a URL of at most {MAX_URL_CHARACTERS} characters")
    return normal


def _key_of(path: str) -> str:
    try:
        key = unquote(path, errors="strict")
        check_characters(key)
    except ValueError:
        raise ValueError("expected a URL whose path is UTF-8, without control characters and backslashes") from None
    if len(key.encode()) > MAX_KEY_BYTES or {"", ".", ".."} & set(key.split("/")):
        raise ValueError(
            f"expected a URL with a path of at most {MAX_KEY_BYTES} bytes, none of its parts empty or dots"
        )
    return key


def object_of(url: str) -> ObjectName:
    """What a normalized URL names."""
    scheme, _, rest = url.partition("://")
    bucket, _, path = rest.partition("/")
    return ObjectName(f"{scheme}://{bucket}", unquote(path))
