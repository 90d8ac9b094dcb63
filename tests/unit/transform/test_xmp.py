"""Of XMP, the properties that are asked for are kept, however they are written, and nothing else is."""

import html
from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelmill.transform.xmp import MAX_XMP_BYTES, is_right, is_true_still, kept_xmp

NAMESPACES = (
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/" '
    'xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" '
    'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/" '
    'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" '
)
CREATOR = "<dc:creator><rdf:Seq><rdf:li>Jörg</rdf:li></rdf:Seq></dc:creator>"


def packet(content: str, head: str = "", tail: str = "") -> bytes:
    return (
        f'{head}<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="SecretKit"><rdf:RDF {NAMESPACES}>{content}</rdf:RDF>'
        f"</x:xmpmeta>{tail}"
    ).encode()


def description(content: str = "", attributes: str = "") -> str:
    return f'<rdf:Description rdf:about="" {attributes}>{content}</rdf:Description>'


def read(content: bytes) -> str:
    """A packet, which has to be well formed, as text without character references."""
    ET.fromstring(content)  # noqa: S314 - it is ours
    return html.unescape(content.decode("ascii"))


@pytest.mark.parametrize(
    "element", [CREATOR, "<dc:rights>Foo</dc:rights>", "<plus:Licensor><rdf:Seq/></plus:Licensor>"]
)
def test_rights_are_kept_as_elements(element: str) -> None:
    """With all that is in them."""
    made = kept_xmp(packet(description(element)), is_right)

    assert made is not None
    assert element in read(made)


@pytest.mark.parametrize(
    "attribute", ['dc:rights="Foo"', 'xmpRights:WebStatement="https://example.com/"', 'photoshop:Credit="Foo"']
)
def test_rights_are_kept_as_attributes(attribute: str) -> None:
    """XMP may be written either way."""
    made = kept_xmp(packet(description(attributes=attribute)), is_right)

    assert made is not None
    assert attribute in read(made)


SECRETS = [
    description("<exif:GPSLatitude>Secret</exif:GPSLatitude>"),
    description(attributes='exif:GPSLatitude="Secret" dc:title="Secret"'),
    description("<dc:title><rdf:Alt><rdf:li>Secret</rdf:li></rdf:Alt></dc:title>Secret<!-- Secret -->"),
    "<rdf:Bag><rdf:li>Secret</rdf:li></rdf:Bag><!-- Secret -->Secret",
    description("<photoshop:City>Secret</photoshop:City>", 'xmp:CreatorTool="Secret"'),
]


@pytest.mark.parametrize("secret", SECRETS)
def test_nothing_but_rights_is_kept(secret: str) -> None:
    """Neither place nor title, no remark, and not what wrote it."""
    made = kept_xmp(packet(description(CREATOR) + secret, "<!-- Secret -->", "<!-- Secret -->"), is_right)

    assert made is not None
    assert "Jörg" in read(made)
    assert "Secret" not in read(made)


@pytest.mark.parametrize("secret", SECRETS)
def test_a_packet_without_rights_is_not_kept(secret: str) -> None:
    """An empty one would say nothing."""
    assert kept_xmp(packet(secret), is_right) is None


def test_of_all_only_what_is_true_no_longer_goes() -> None:
    """Orientation, sizes, thumbnails, and the gain map that lay behind the picture."""
    stale = 'tiff:Orientation="6" exif:PixelXDimension="9" hdrgm:Version="1.0"'
    content = description(CREATOR + "<xmp:Thumbnails>Data</xmp:Thumbnails>", stale + ' exif:GPSLatitude="48"')

    made = kept_xmp(packet(content), is_true_still)

    assert made is not None
    text = read(made)
    assert "Jörg" in text
    assert 'exif:GPSLatitude="48"' in text
    for gone in ("Orientation", "PixelXDimension", "Thumbnails", "hdrgm:Version"):
        assert gone not in text


def test_a_packet_keeps_its_prefixes_and_its_wrapper() -> None:
    """Some programs look for these words instead of reading XML."""
    made = kept_xmp(packet(description(CREATOR), '<?xpacket begin="" id="x"?>', '<?xpacket end="w"?>\0'), is_right)

    assert made is not None
    assert made.startswith(b"<?xpacket begin=")
    assert made.endswith(b'<?xpacket end="r"?>')
    assert b"<dc:creator>" in made


def test_rdf_may_be_the_outermost_element() -> None:
    """The one around it is optional."""
    bare = f"<rdf:RDF {NAMESPACES}>{description(CREATOR)}</rdf:RDF>"

    assert "Jörg" in read(kept_xmp(bare.encode(), is_right) or b"")


LAUGHS = "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]>"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no XML",
        packet(description(CREATOR))[:-10],
        packet(description(CREATOR), head=LAUGHS),
        packet(description(CREATOR)).decode().encode("utf-16"),
        packet(description(CREATOR)).replace("ö".encode(), b"\xff"),
        packet(description(CREATOR), head=" " * MAX_XMP_BYTES),
        packet(description("<dc:creator>" * 2000 + "</dc:creator>" * 2000)),
        packet(description(CREATOR)).replace(b"1999/02/22", b"1998/02/22"),
    ],
    ids=["empty", "text", "cut off", "entities", "UTF-16", "no UTF-8", "too long", "too deep", "no RDF"],
)
def test_what_cannot_be_read_is_not_kept(content: bytes) -> None:
    """It is no reason to refuse the picture."""
    assert kept_xmp(content, is_true_still) is None


@given(st.text(alphabet="<>/=\"' &;:a!?-[]rdfRDF", max_size=80), st.sampled_from([is_right, is_true_still]))
def test_nonsense_is_kept_well_formed_or_not_at_all(content: str, is_kept: Callable[[str, str], bool]) -> None:
    """Whatever is in it."""
    made = kept_xmp(packet(description(content)), is_kept)
    assert made is None or read(made)
