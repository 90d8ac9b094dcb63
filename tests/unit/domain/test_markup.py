"""Markup for a set of variants: what a page needs, complete and well-formed."""

from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelmill.domain.markup import PREFERENCE, Markup, markup_of
from pixelmill.domain.transformation import OutputFormat

AVIF, WEBP, GIF, PNG, JPEG = PREFERENCE


@dataclass(frozen=True)
class Image:
    format: OutputFormat
    width: int
    height: int = 10
    frames: int = 1
    name: str = ""

    @property
    def url(self) -> str:
        return f"/images/{self.name or f'{self.format}-{self.width}'}"


class Elements(HTMLParser):
    """The start tags of a piece of HTML, with their attributes; fails on what is not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in {"source", "img"}:  # void elements
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        assert data.isspace()


def test_every_browser_gets_the_best_it_knows() -> None:
    """AVIF before WebP before what all know, in every width; the picture keeps its place while it loads."""
    images = [Image(name, width, height=width // 2) for name in (JPEG, WEBP, AVIF) for width in (640, 320)]

    markup = markup_of(images)

    assert markup.srcset == {name: f"/images/{name}-320 320w, /images/{name}-640 640w" for name in (AVIF, WEBP, JPEG)}
    assert Elements(markup.picture).found == [
        ("picture", {}),
        ("source", {"type": "image/avif", "srcset": markup.srcset[AVIF], "sizes": "100vw"}),
        ("source", {"type": "image/webp", "srcset": markup.srcset[WEBP], "sizes": "100vw"}),
        (
            "img",
            {
                "src": "/images/jpeg-640",
                "srcset": markup.srcset[JPEG],
                "sizes": "100vw",
                "width": "640",
                "height": "320",
                "alt": "",
                "loading": "lazy",
                "decoding": "async",
            },
        ),
    ]


def test_a_width_stands_once_in_each_format() -> None:
    """A source of 500 pixels makes the larger widths of a set alike."""
    markup = markup_of([Image(JPEG, 320), Image(JPEG, 500, name="a"), Image(JPEG, 500, name="b"), Image(WEBP, 500)])

    assert markup.srcset == {WEBP: "/images/webp-500 500w", JPEG: "/images/jpeg-320 320w, /images/a 500w"}


def test_one_image_is_a_picture_too() -> None:
    """What is left of a set of which the others failed."""
    [_, (tag, attributes)] = Elements(markup_of([Image(AVIF, 320)]).picture).found

    assert (tag, attributes["src"], attributes["srcset"]) == ("img", "/images/avif-320", "/images/avif-320 320w")


@pytest.mark.parametrize(
    ("moving", "sources"),
    [
        ({WEBP}, ["image/webp"]),
        ({WEBP, GIF}, ["image/webp", "image/gif"]),
        (set(), ["image/avif", "image/webp", "image/gif"]),
    ],
)
def test_a_still_does_not_stand_in_for_an_animation(moving: set[OutputFormat], sources: list[str]) -> None:
    """Whatever its format would save: only the fallback may stand still."""
    images = [
        Image(name, 320, frames=frames if name in moving else 1)
        for name, frames in ((AVIF, 9), (WEBP, 9), (GIF, 8), (JPEG, 9))
    ]

    found = Elements(markup_of(images).picture).found

    assert [attributes["type"] for tag, attributes in found if tag == "source"] == sources
    assert found[-1][1]["src"] == "/images/jpeg-320"


def test_nothing_breaks_out_of_an_attribute() -> None:
    """URLs are ours, or names of files that a user chose."""
    markup = markup_of([Image(JPEG, 1, name='a"><script>&'), Image(WEBP, 1, name="b'\"onload=")])

    assert markup.srcset[JPEG] == '/images/a"><script>& 1w'
    assert [tag for tag, _ in Elements(markup.picture).found] == ["picture", "source", "img"]
    assert Elements(markup.picture).found[-1][1]["src"] == '/images/a"><script>&'


images = st.builds(Image, st.sampled_from(PREFERENCE), st.integers(1, 9), st.integers(1, 9), st.integers(1, 3))


@given(st.lists(images, min_size=1, max_size=20))
def test_any_set_makes_sense(images: list[Image]) -> None:
    """Widths rise, each format is there once, and the image with its size is one of the set."""
    markup = markup_of(images)
    elements = Elements(markup.picture).found

    assert markup.srcset.keys() == {image.format for image in images}
    assert len(elements) <= len(markup.srcset) + 1
    for srcset in markup.srcset.values():
        widths = [int(candidate.rpartition(" ")[2].removesuffix("w")) for candidate in srcset.split(", ")]
        assert all(one < other for one, other in pairwise(widths))
    last = elements[-1][1]
    assert (last["src"], last["width"], last["height"]) in {
        (image.url, str(image.width), str(image.height)) for image in images
    }


def test_markup_survives_json() -> None:
    """It is kept in Redis and in Postgres, and read by clients."""
    markup = markup_of([Image(JPEG, 320), Image(WEBP, 320)])

    assert Markup.model_validate_json(markup.model_dump_json()) == markup
