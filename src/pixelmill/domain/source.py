"""The source of a task: where its image comes from, and what that image turned out to be."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from pixelmill.domain.limits import MAX_URL_CHARACTERS

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ImageFormat(StrEnum):
    """A format the service decodes, told from the first bytes of a file."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    AVIF = "avif"
    GIF = "gif"
    TIFF = "tiff"


class UrlSource(BaseModel):
    """An image on the web or in a bucket.

    `image_url` is normalized (see `pixelmill.domain.source_url`): what is checked is what is dialled.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["url"] = "url"
    image_url: str = Field(max_length=MAX_URL_CHARACTERS)

    @property
    def identity(self) -> str:
        """What makes two sources the same one."""
        return self.image_url


class UploadSource(BaseModel):
    """An image the caller sent along: its digest is its identity, `key` is where the store keeps it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["upload"] = "upload"
    sha256: Sha256
    size_bytes: int = Field(ge=1)
    key: str

    @property
    def identity(self) -> str:
        """What makes two sources the same one."""
        return f"sha256:{self.sha256}"


Source = Annotated[UrlSource | UploadSource, Field(discriminator="kind")]


class SourceInfo(BaseModel):
    """The source as a task shows it: its name at once, the rest as soon as it is known."""

    model_config = ConfigDict(frozen=True)

    image_url: str | None = Field(default=None, description="The URL submitted; null for an upload.")
    format: ImageFormat | None = Field(default=None, description="Told from the bytes, not from a name or header.")
    width: int | None = Field(default=None, description="Pixels, upright (after EXIF orientation).")
    height: int | None = Field(default=None, description="Pixels, upright (after EXIF orientation).")
    frames: int | None = Field(default=None, description="1 for a still image.")
    bytes: int | None = None
    sha256: Sha256 | None = None


def known_source(source: Source) -> SourceInfo:
    """What is known of a source before anybody has read it."""
    if isinstance(source, UploadSource):
        return SourceInfo(bytes=source.size_bytes, sha256=source.sha256)
    return SourceInfo(image_url=source.image_url)
