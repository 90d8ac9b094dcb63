"""Uploads: a multipart body is written to where the store can take it from, hashed on the way, in constant memory."""

import hashlib
import io
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from flask import Request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import MultiPartParser

from pixelmill.api.json_body import MAX_JSON_BYTES, MAX_NAME_CHARACTERS, refuse_encodings
from pixelmill.api.seats import Seats
from pixelmill.domain.errors import FieldError, InvalidRequest, MalformedRequest, RequestTooLarge, StoreUnavailable
from pixelmill.submit.submitter import Upload

IMAGE_PART: Final = "image"
TASK_PART: Final = "task"

_MAX_PARTS: Final = 10
"""Two are meant; a few more can still be named in the answer."""
_FRAMING_BYTES: Final = 64 * 1024
"""Room for the boundaries and headers of the parts."""
_UNREADABLE: Final = "\N{REPLACEMENT CHARACTER}"
"""What Werkzeug puts in place of bytes of a text part that are not UTF-8."""


@dataclass(frozen=True)
class UploadForm:
    """The two parts of a multipart request: the image, and the JSON that says what to make of it."""

    image: Upload
    task_json: bytes


@dataclass(frozen=True)
class Receiving:
    """How uploads are received.

    Attributes:
        folder: Where they are written: one the store can take them from.
        max_image_bytes: Largest image.
        seats: How many are received at once.
    """

    folder: Path
    max_image_bytes: int
    seats: Seats


class _HashedFile(io.BufferedRandom):
    """A new file that digests what is written to it."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path, "x+b"))
        self.path = path
        self.size_bytes = 0
        self._digest = hashlib.sha256()

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # the multipart parser writes nothing but bytes
        self._digest.update(data)
        self.size_bytes += len(data)
        return super().write(data)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def remove(self) -> None:
        self.close()
        self.path.unlink(missing_ok=True)


@contextmanager
def received_form(request: Request, receiving: Receiving) -> Iterator[UploadForm]:
    """Read a multipart request into files; those that nobody took are gone when the context ends.

    Raises:
        MalformedRequest: The body is not complete, well-formed multipart.
        InvalidRequest: A part is missing, empty, unknown or there twice.
        RequestTooLarge: The image, the JSON or the number of parts is over its limit.
        UnsupportedMediaType: It is compressed, or in another charset than UTF-8.
        StoreUnavailable: There is no room to receive the image.
        TooManyUploads: As many are received as may be.
    """
    refuse_encodings(request)
    request.max_content_length = receiving.max_image_bytes + MAX_JSON_BYTES + _FRAMING_BYTES
    with receiving.seats.taken(), ExitStack() as files_written:
        fields, files = _parse(request, receiving, files_written)
        _check_parts(fields, files)
        image = _image_of(files[IMAGE_PART], receiving.max_image_bytes)
        yield UploadForm(image=image, task_json=_task_json(fields, files))


def _parse(
    request: Request, receiving: Receiving, files_written: ExitStack
) -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
    def open_file(
        total_content_length: int | None,  # noqa: ARG001 - Werkzeug passes it by name
        content_type: str | None,  # noqa: ARG001 - as above
        filename: str | None,  # noqa: ARG001 - as above; a caller's name never becomes a path
        content_length: int | None = None,  # noqa: ARG001 - as above
    ) -> IO[bytes]:
        file = _HashedFile(receiving.folder / uuid.uuid4().hex)
        files_written.callback(file.remove)
        return file

    parser = MultiPartParser(open_file, max_form_memory_size=MAX_JSON_BYTES, max_form_parts=_MAX_PARTS)
    try:
        boundary = request.mimetype_params["boundary"].encode("ascii")
        return parser.parse(request.stream, boundary, request.content_length)
    except (KeyError, ValueError) as error:
        raise MalformedRequest("The body is not complete, well-formed multipart/form-data.") from error
    except RequestEntityTooLarge as error:
        raise RequestTooLarge(
            f"Expected the parts {IMAGE_PART}, of {receiving.max_image_bytes:,} bytes at most, and {TASK_PART}, of "
            f"{MAX_JSON_BYTES:,} at most, and nothing else; received more."
        ) from error
    except OSError as error:
        raise StoreUnavailable("There is no room to receive the upload.") from error


def _check_parts(fields: MultiDict[str, str], files: MultiDict[str, FileStorage]) -> None:
    errors = [
        FieldError(field=name[:MAX_NAME_CHARACTERS], detail=f"unknown part; expected {IMAGE_PART} and {TASK_PART}")
        for name in sorted({*fields, *files} - {IMAGE_PART, TASK_PART})
    ]
    images, tasks = len(files.getlist(IMAGE_PART)), len(fields.getlist(TASK_PART)) + len(files.getlist(TASK_PART))
    if fields.getlist(IMAGE_PART):
        errors.append(FieldError(field=IMAGE_PART, detail="expected a file with a file name, received text"))
    elif images != 1:
        errors.append(FieldError(field=IMAGE_PART, detail=f"expected one file, received {images or 'none'}"))
    if tasks != 1:
        errors.append(FieldError(field=TASK_PART, detail=f"expected one part with JSON, received {tasks or 'none'}"))
    if errors:
        raise InvalidRequest(errors)


def _image_of(storage: FileStorage, max_image_bytes: int) -> Upload:
    file = _file_of(storage)
    if not file.size_bytes:
        raise InvalidRequest([FieldError(field=IMAGE_PART, detail="expected an image, received an empty file")])
    if file.size_bytes > max_image_bytes:
        raise RequestTooLarge(f"The image has {file.size_bytes:,} bytes; at most {max_image_bytes:,} are accepted.")
    file.flush()
    return Upload(path=file.path, size_bytes=file.size_bytes, sha256=file.sha256)


def _task_json(fields: MultiDict[str, str], files: MultiDict[str, FileStorage]) -> bytes:
    """The JSON part, with or without a file name: browsers add one to every part of a given type."""
    if TASK_PART in fields:
        if _UNREADABLE in fields[TASK_PART]:
            raise MalformedRequest(f"The part {TASK_PART} is not UTF-8.")
        return fields[TASK_PART].encode()
    file = _file_of(files[TASK_PART])
    if file.size_bytes > MAX_JSON_BYTES:
        raise RequestTooLarge(f"The part {TASK_PART} is larger than {MAX_JSON_BYTES:,} bytes.")
    return file.read()


def _file_of(storage: FileStorage) -> _HashedFile:
    if not isinstance(storage.stream, _HashedFile):
        raise TypeError("the multipart parser made a file that is not ours")
    return storage.stream
