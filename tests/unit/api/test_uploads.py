"""Reading a multipart body: byte for byte, whatever is in it, and nothing stays behind."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask, request
from hypothesis import given, settings
from hypothesis import strategies as st

from pixelmill.api.seats import Seats
from pixelmill.api.uploads import Receiving, UploadForm, received_form
from pixelmill.domain.errors import RequestTooLarge, TooManyUploads

LIMIT_BYTES = 100_000

patient = settings(deadline=None)  # a slow disk is no failure


@contextmanager
def received(image: bytes, filename: str = "a.png", task: str = "{}") -> Iterator[UploadForm]:
    """The form a request with these parts is read to."""
    data = {"image": (BytesIO(image), filename), "task": task}
    with (
        Flask(__name__).test_request_context(method="POST", data=data),
        received_form(request, Receiving(Path(tempfile.gettempdir()), LIMIT_BYTES, Seats(1, TooManyUploads))) as form,
    ):
        yield form


@given(st.binary(min_size=1, max_size=5000), st.sampled_from([b"", b"\r\n--", b"\r\n", b"--"]))
@patient
def test_any_bytes_arrive_as_they_are(image: bytes, near_boundary: bytes) -> None:
    """And their digest and size are told."""
    content = near_boundary + image + near_boundary
    with received(content) as form:
        assert form.image.path.read_bytes() == content
        assert (form.image.size_bytes, form.image.sha256) == (len(content), hashlib.sha256(content).hexdigest())


@given(st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters='"\\'), min_size=1, max_size=40))
@patient
def test_a_file_name_never_becomes_a_path(name: str) -> None:
    """The file lies in the folder for it, under a name of ours."""
    with received(b"x", filename=f"../{name}") as form:
        assert form.image.path.parent == Path(tempfile.gettempdir())
        assert len(form.image.path.name) == 32
        assert form.image.path.name.isalnum()


def test_the_limit_is_exact() -> None:
    """As many bytes as are allowed, and no more."""
    with received(bytes(LIMIT_BYTES)) as form:
        assert form.image.size_bytes == LIMIT_BYTES
    with pytest.raises(RequestTooLarge), received(bytes(LIMIT_BYTES + 1)):
        pass


def test_nothing_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither after the request nor after an error in it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with received(b"x") as form:
        assert form.image.path.is_relative_to(tmp_path)
    with pytest.raises(KeyError), received(b"x"):
        raise KeyError
    with received(b"x") as form:
        form.image.path.rename(tmp_path / "taken")
    (tmp_path / "taken").unlink()
    assert list(tmp_path.iterdir()) == []
