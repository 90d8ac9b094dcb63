"""One form of every URL of an object, and words for what is none."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelmill.domain.object_url import ObjectName, is_bucket_url, object_of
from pixelmill.domain.source_url import host_of, normalize_source_url
from pixelmill.domain.url import normalize_redirect

SAME = [
    ("s3://photos/cat.jpg", "s3://photos/cat.jpg", "cat.jpg"),
    (" S3://photos/a/cat.jpg\n", "s3://photos/a/cat.jpg", "a/cat.jpg"),
    ("gs://my-photos.example/A%2fb.jpg", "gs://my-photos.example/A/b.jpg", "A/b.jpg"),
    ("az://photos/a b.jpg", "az://photos/a%20b.jpg", "a b.jpg"),
    ("s3://photos/ü.jpg", "s3://photos/%C3%BC.jpg", "ü.jpg"),
    ("s3://photos/%75%3F%23.jpg", "s3://photos/u%3F%23.jpg", "u?#.jpg"),
    ("s3://photos/100%25.jpg", "s3://photos/100%25.jpg", "100%.jpg"),
    ("s3://photos/100%.jpg", "s3://photos/100%25.jpg", "100%.jpg"),
    ("s3://photos/~a+b*(1)@2.jpg", "s3://photos/~a%2Bb%2A%281%29%402.jpg", "~a+b*(1)@2.jpg"),
]


@pytest.mark.parametrize(("url", "normal", "key"), SAME)
def test_spellings_of_one_object_become_one(url: str, normal: str, key: str) -> None:
    """Which is its own form, and tells the key."""
    assert normalize_source_url(url) == normal
    assert normalize_source_url(normal) == normal
    assert object_of(normal).key == key


REFUSED = [
    "s3://photos",
    "s3://photos/",
    "s3:///cat.jpg",
    "s3://Photos/cat.jpg",
    "s3://a/cat.jpg",
    "s3://user@photos/cat.jpg",
    "s3://photos:9000/cat.jpg",
    "s3://photos/cat.jpg?versionId=1",
    "s3://photos/cat.jpg#part",
    "s3://photos//cat.jpg",
    "s3://photos/a//b",
    "s3://photos/a/",
    "s3://photos/../cat.jpg",
    "s3://photos/%2e%2e/cat.jpg",
    "s3://photos/a/./b",
    "s3://photos/a\\b",
    "s3://photos/a%5Cb",
    "s3://photos/a%0Ab",
    "s3://photos/a\tb",
    "s3://photos/%ff.jpg",
    f"s3://photos/{'a' * 1025}",
    f"s3://photos/{'%C3%BC' * 513}",
]


@pytest.mark.parametrize("url", REFUSED)
def test_what_names_no_object_is_refused_in_words(url: str) -> None:
    """Rather than guessed at."""
    with pytest.raises(ValueError, match="expected a URL"):
        normalize_source_url(url)


@given(st.text(max_size=60).map("s3://photos/{}".format) | st.text(max_size=60).map("s3://{}".format))
def test_the_form_is_stable_plain_and_about_one_bucket(url: str) -> None:
    """Whatever comes in: a refusal, or printable ASCII that normalizes to itself and names the key it was made of."""
    with contextlib.suppress(ValueError):
        normal = normalize_source_url(url)
        assert normalize_source_url(normal) == normal
        assert normal.isascii()
        assert normal.isprintable()
        name = object_of(normal)
        assert is_bucket_url(name.bucket)
        assert not {"", ".", ".."} & set(name.key.split("/"))


def test_other_sources_are_read_as_before() -> None:
    """And what is neither is refused."""
    assert normalize_source_url("HTTPS://Example.com") == "https://example.com/"
    for url in ("s3:photos/cat.jpg", "s4://photos/cat.jpg", "file:///etc/passwd", "adl://photos/cat.jpg"):
        with pytest.raises(ValueError, match="expected a URL"):
            normalize_source_url(url)


def test_nothing_leads_from_the_web_into_a_bucket() -> None:
    """An origin may not have the service read what only the service may read."""
    with pytest.raises(ValueError, match="begins with http"):
        normalize_redirect("s3://photos/cat.jpg", "https://example.com/")


def test_a_bucket_has_turns_of_its_own() -> None:
    """As a host has."""
    assert host_of("s3://photos/cat.jpg") == "s3://photos"
    assert host_of("https://example.com:8443/cat.jpg") == "example.com"
    assert object_of("s3://photos/a/cat.jpg") == ObjectName("s3://photos", "a/cat.jpg")
