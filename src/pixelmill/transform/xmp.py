"""XMP: properties of a picture in XML (ISO 16684-1), of which some are kept."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeGuard
from xml.dom.minidom import Attr, Element, Node
from xml.parsers.expat import ExpatError
from xml.sax.saxutils import escape

from defusedxml.common import DefusedXmlException
from defusedxml.minidom import parseString

_XMLNS: Final = "http://www.w3.org/2000/xmlns/"
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_DUBLIN_CORE: Final = "http://purl.org/dc/elements/1.1/"
_BASIC: Final = "http://ns.adobe.com/xap/1.0/"
_PHOTOSHOP: Final = "http://ns.adobe.com/photoshop/1.0/"
_TIFF: Final = "http://ns.adobe.com/tiff/1.0/"
_EXIF: Final = "http://ns.adobe.com/exif/1.0/"

_RIGHTS: Final = frozenset(
    {
        *((_DUBLIN_CORE, name) for name in ("rights", "creator", "contributor", "publisher")),
        (_PHOTOSHOP, "Credit"),
    }
)
_RIGHTS_NAMESPACES: Final = frozenset(
    {
        "http://ns.adobe.com/xap/1.0/rights/",
        "http://creativecommons.org/ns#",
        "http://web.resource.org/cc/",
        "http://ns.useplus.org/ldf/xmp/1.0/",
    }
)

_STALE: Final = frozenset(
    {
        *((_TIFF, name) for name in ("Orientation", "ImageWidth", "ImageLength")),
        *((_EXIF, name) for name in ("PixelXDimension", "PixelYDimension", "ColorSpace")),
        (_PHOTOSHOP, "ICCProfile"),
        (_BASIC, "Thumbnails"),
        ("http://ns.adobe.com/xmp/note/", "HasExtendedXMP"),
    }
)
_STALE_NAMESPACES: Final = frozenset(
    {
        "http://ns.adobe.com/hdr-gain-map/1.0/",
        "http://ns.google.com/photos/1.0/container/",
        "http://ns.google.com/photos/1.0/camera/",
    }
)

_EMPTY: Final = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}"/></x:xmpmeta>'.encode()

_WRAPPER: Final = '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>%s<?xpacket end="r"?>'

MAX_XMP_BYTES: Final = 65_000
"""The longest packet that is read, and kept: one segment of a JPEG has room for little more."""


def is_right(namespace: str, name: str) -> bool:
    """Whether a property says whose a picture is, and who may use it how."""
    return namespace in _RIGHTS_NAMESPACES or (namespace, name) in _RIGHTS


def is_true_still(namespace: str, name: str) -> bool:
    """Whether a property still says the truth of a picture that was turned, scaled, and freed of what lay beside it."""
    return namespace not in _STALE_NAMESPACES and (namespace, name) not in _STALE


@dataclass(frozen=True, slots=True)
class Rights:
    """Who made a picture, and the notice of whose it is; empty where that is not known."""

    author: str = ""
    notice: str = ""


UNKNOWN: Final = Rights()


def kept_xmp(packet: bytes, is_kept: Callable[[str, str], bool], rights: Rights = UNKNOWN) -> bytes | None:
    """A packet with some properties of another, whatever else is in that.

    Args:
        packet: The other one, in UTF-8.
        is_kept: Tells by namespace and name whether a property is kept.
        rights: What is added, where the other packet does not tell it.

    Returns:
        None if there is nothing to tell. A packet that cannot be read tells nothing.
    """
    try:
        return _kept(packet, is_kept, rights)
    except RecursionError:  # thousands of elements inside each other
        return None


def _kept(packet: bytes, is_kept: Callable[[str, str], bool], rights: Rights) -> bytes | None:
    root = _read(packet) or _read(_EMPTY)
    if root is None:
        return None
    [graph] = filter(_is_graph, [root, *root.childNodes])
    for node in list(graph.childNodes):
        if not (_is(node, _RDF, "Description") and _keeps_some(node, is_kept)):
            graph.removeChild(node)
    _add(graph, "creator", "rdf:Seq", rights.author)
    _add(graph, "rights", "rdf:Alt", rights.notice)
    # libvips puts it into PNGs as if it were Latin-1: written in ASCII, every reader takes it for what it is.
    return (_WRAPPER % root.toxml()).encode("ascii", "xmlcharrefreplace") if graph.childNodes else None


def _read(packet: bytes) -> Element | None:
    """The outermost element, freed of all that is not the one graph of RDF in it; None if it cannot be read."""
    if len(packet) > MAX_XMP_BYTES:
        return None
    try:
        root = parseString(packet.decode().strip("\0\ufeff"), forbid_dtd=True).documentElement
    except (ExpatError, DefusedXmlException, ValueError):
        return None
    if root is None or _is_graph(root):
        return root
    graph = next(filter(_is_graph, root.childNodes), None)
    for node in [node for node in root.childNodes if node is not graph]:
        root.removeChild(node)
    _remove_attributes(root, lambda _namespace, _name: False)
    return root if graph else None


def _keeps_some(description: Element, is_kept: Callable[[str, str], bool]) -> bool:
    """Take out of a description what is not kept, and say whether anything is left."""
    for node in list(description.childNodes):
        if not isinstance(node, Element) or not is_kept(node.namespaceURI or "", node.localName):
            description.removeChild(node)
    return _remove_attributes(description, is_kept) or bool(description.childNodes)


def _remove_attributes(element: Element, is_kept: Callable[[str, str], bool]) -> bool:
    """Take out the properties that are written as attributes, and say whether any is left."""
    attributes = [element.attributes.item(index) for index in range(element.attributes.length)]
    properties = [each for each in attributes if isinstance(each, Attr) and each.namespaceURI not in {_XMLNS, _RDF}]
    kept = [each for each in properties if is_kept(each.namespaceURI or "", each.localName)]
    for attribute in properties:
        if attribute not in kept:
            element.removeAttributeNode(attribute)
    return bool(kept)


def _add(graph: Element, name: str, container: str, value: str) -> None:
    """Add a property of Dublin Core, unless it is there: in a description of its own, as may be."""
    is_there = graph.getElementsByTagNameNS(_DUBLIN_CORE, name) or any(
        isinstance(node, Element) and node.hasAttributeNS(_DUBLIN_CORE, name) for node in graph.childNodes
    )
    if not value or is_there:
        return
    item = f'<{container}><rdf:li xml:lang="x-default">{escape(value)}</rdf:li></{container}>'
    description = parseString(
        f'<rdf:Description rdf:about="" xmlns:rdf="{_RDF}" xmlns:dc="{_DUBLIN_CORE}"><dc:{name}>{item}</dc:{name}>'
        "</rdf:Description>"
    ).documentElement
    if description is not None:
        graph.appendChild(description)


def _is_graph(node: Node) -> TypeGuard[Element]:
    return _is(node, _RDF, "RDF")


def _is(node: Node, namespace: str, name: str) -> TypeGuard[Element]:
    return isinstance(node, Element) and (node.namespaceURI, node.localName) == (namespace, name)
