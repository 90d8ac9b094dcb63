"""Fetch a result into a file: streamed, checked against the promised digest, whole or absent."""

import hashlib
from contextlib import suppress
from pathlib import Path

import httpx

from pixelmill.client.problems import ApiProblem, DownloadDamaged, ServiceUnreachable
from pixelmill.domain.variant import Variant


def download_to(http: httpx.Client, variant: Variant, destination: Path) -> Path:
    """Save a variant to `destination`; returns it.

    Raises:
        ApiProblem: The result is not served.
        ServiceUnreachable: The connection failed or broke off.
        DownloadDamaged: The bytes are not the promised ones.
    """
    unfinished = destination.with_name(f".{destination.name}.unfinished")
    try:
        if _stream(http, variant.url, unfinished) != variant.sha256:
            raise DownloadDamaged(f"{variant.url} is not the image the task promised.")
        unfinished.replace(destination)
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()
    return destination


def _stream(http: httpx.Client, url: str, destination: Path) -> str:
    """Write what is served at a URL to a file; returns its SHA-256."""
    digest = hashlib.sha256()
    try:
        with http.stream("GET", url) as response, destination.open("wb") as file:
            if not response.is_success:
                response.read()
                raise ApiProblem.of(response)
            for chunk in response.iter_bytes():
                digest.update(chunk)
                file.write(chunk)
    except httpx.TransportError as error:
        raise ServiceUnreachable(f"{url} could not be downloaded.") from error
    return digest.hexdigest()
