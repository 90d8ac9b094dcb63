import pytest

from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import OutputFormat
from pixelmill.transform.formats import SUFFIXES, output_format


@pytest.mark.parametrize("source", [source for source in ImageFormat if source is not ImageFormat.TIFF])
def test_source_keeps_the_format(source: ImageFormat) -> None:
    """Who asks for nothing gets what was sent."""
    assert output_format("source", source).value == source.value


def test_a_tiff_becomes_a_png() -> None:
    """The nearest format that browsers show and that loses nothing."""
    assert output_format("source", ImageFormat.TIFF) is OutputFormat.PNG


def test_a_format_asked_for_is_made() -> None:
    """The source's format has no say then."""
    assert output_format("webp", ImageFormat.JPEG) is OutputFormat.WEBP


def test_every_output_has_its_own_suffix() -> None:
    """Two variants of one name in two formats cannot meet in one file."""
    assert len({SUFFIXES[output] for output in OutputFormat}) == len(OutputFormat)
