"""A file may be limited to some bytes: it then has the highest quality that fits."""

import pytest

from pixelmill.domain.errors import TaskError
from pixelmill.domain.transformation import OutputFormat, Transformation
from pixelmill.transform.order import MadeVariant
from pixelmill.transform.picture import Picture
from pixelmill.transform.steps.encode import encode as encode_picture
from tests.integration.transform.conftest import Make, MakeAll
from tests.support.images import animation, encode, opened, photo

PHOTO = encode(photo(400, 300), "PNG")
LIMITS = {"jpeg": 6000, "webp": 5000, "avif": 4000}


@pytest.mark.parametrize("output", list(LIMITS))
def test_the_highest_quality_that_fits_is_taken(make: Make, output: str) -> None:
    """One step more would not have fitted."""
    asked = {"width": 200, "format": output}
    sizes = [len(make(PHOTO, "png", quality=quality, **asked)) for quality in range(1, 81)]
    assert sizes[0] < LIMITS[output] < sizes[-1]

    made = make(PHOTO, "png", quality=80, max_bytes=LIMITS[output], **asked)

    highest = max(quality for quality, size in enumerate(sizes, start=1) if size <= LIMITS[output])
    assert made == make(PHOTO, "png", quality=highest, **asked)


@pytest.mark.parametrize("output", list(LIMITS))
def test_what_fits_anyway_is_left_alone(make: Make, output: str) -> None:
    """The quality is lowered, never raised: a limit is no aim."""
    asked = {"width": 200, "format": output}

    assert make(PHOTO, "png", max_bytes=1_000_000, **asked) == make(PHOTO, "png", **asked)
    assert make(PHOTO, "png", max_bytes=1_000_000, quality=9, **asked) == make(PHOTO, "png", quality=9, **asked)


@pytest.mark.parametrize("difference", [-1, 0, 1])
def test_a_limit_is_kept_to_the_byte(make: Make, difference: int) -> None:
    """As many as are asked for are not too many."""
    whole = make(PHOTO, "png", width=200, format="jpeg")

    made = make(PHOTO, "png", width=200, format="jpeg", max_bytes=len(whole) + difference)

    assert len(made) <= len(whole) + difference
    assert (made == whole) == (difference >= 0)


def test_it_takes_eight_encodings_at_most(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the limit is: the deadline of a transform holds for all of them together."""
    times = 0

    def counting(picture: Picture, output: OutputFormat, wanted: Transformation) -> bytes:
        nonlocal times
        times += 1
        return encode_picture(picture, output, wanted)

    monkeypatch.setattr("pixelmill.transform.steps.squeeze.encode", counting)
    for limit in range(1300, 9000, 300):
        times = 0
        make(PHOTO, "png", width=200, format="jpeg", quality=100, max_bytes=limit)
        assert 1 < times <= 8


def failed(make_all: MakeAll, content: bytes, image_format: str, **parameters: object) -> TaskError:
    end = make_all(content, image_format, {"image": parameters, "other": {"width": 10}}).variants
    assert isinstance(end["other"], MadeVariant)
    assert isinstance(end["image"], TaskError)
    return end["image"]


@pytest.mark.parametrize("output", list(LIMITS))
def test_what_cannot_be_made_that_small_fails_alone(make_all: MakeAll, output: str) -> None:
    """With the bytes it takes at least; the other variants are made."""
    error = failed(make_all, PHOTO, "png", width=200, format=output, max_bytes=100)

    assert (error.code, error.retryable) == ("max_bytes_not_met", False)
    least = error.detail.partition("the image takes ")[2].partition(" bytes")[0]
    assert int(least.replace(",", "")) > 100


def test_it_fails_also_where_the_lowest_quality_was_asked_for(make_all: MakeAll) -> None:
    """There is nothing below 1."""
    error = failed(make_all, PHOTO, "png", width=200, format="jpeg", quality=1, max_bytes=100)

    assert error.code == "max_bytes_not_met"


def test_a_format_without_quality_has_to_fit_as_it_is(make: Make, make_all: MakeAll) -> None:
    """Where the format is the source's, nobody could know: it is kept, and fails only if it does not fit."""
    whole = make(PHOTO, "png", width=200)

    assert make(PHOTO, "png", width=200, max_bytes=len(whole)) == whole
    error = failed(make_all, PHOTO, "png", width=200, max_bytes=len(whole) - 1)
    assert error.code == "max_bytes_not_met"
    assert error.detail.startswith(f"As png, which has no quality to lower, the image takes {len(whole):,} bytes; ")


def test_an_animation_is_squeezed_whole(make: Make) -> None:
    """All its frames, in one file."""
    source = animation([photo(120, 90, seed) for seed in range(3)], "WEBP", delays_ms=[100] * 3, loop=0)
    assert len(make(source, "webp", width=100)) > 4000

    made = make(source, "webp", width=100, max_bytes=4000)

    assert len(made) <= 4000
    assert getattr(opened(made), "n_frames", 1) == 3
