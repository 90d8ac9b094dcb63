"""What an origin may answer: properly, late, endlessly, with lies. Written byte by byte, as no real server would."""

import asyncio
import socket
import struct
import threading
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

NEVER_SECONDS = 3600.0


@dataclass(frozen=True)
class Request:
    """A request the origin received."""

    method: str
    target: str
    headers: Mapping[str, str]
    content: bytes = b""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


Answer = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


def head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def body(
    content: bytes, *, status: int = 200, content_type: str = "image/jpeg", headers: Mapping[str, str] | None = None
) -> Answer:
    """Answer properly."""

    async def answer(_: Request, writer: asyncio.StreamWriter) -> None:
        length = {"Content-Type": content_type, "Content-Length": str(len(content))}
        writer.write(head(status, length | dict(headers or {})) + content)

    return answer


def validating(content: bytes, validators: Mapping[str, str]) -> Answer:
    """Answer 304 to who has it already, as far as `ETag` and `Last-Modified` tell; other headers come along."""
    conditions = {"ETag": "if-none-match", "Last-Modified": "if-modified-since"}

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        asked = {name: request.headers.get(condition) for name, condition in conditions.items()}
        known = next((name for name, value in asked.items() if value is not None), None)
        if known is not None and asked[known] == validators.get(known):
            writer.write(head(304, validators))
        else:
            await body(content, headers=validators)(request, writer)

    return answer


def failing(status: int, headers: Mapping[str, str] | None = None) -> Answer:
    """Answer with an error page."""
    return body(b"<html>an error page</html>", status=status, content_type="text/html", headers=headers)


def redirect(to: str, status: int = 302) -> Answer:
    """Send the client elsewhere."""
    return body(b"", status=status, headers={"Location": to})


def in_turn(*answers: Answer) -> Answer:
    """Give one answer after another; the last one for ever."""
    left = list(answers)

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(request, writer)

    return answer


def late(answer: Answer, seconds: float = NEVER_SECONDS) -> Answer:
    """Keep silent before answering; by default for longer than anybody waits."""

    async def answer_late(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        await answer(request, writer)

    return answer_late


def held(answer: Answer, release: threading.Event) -> Answer:
    """Keep silent until the test says so."""

    async def answer_when_released(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.get_running_loop().run_in_executor(None, release.wait)
        await answer(request, writer)

    return answer_when_released


def dripping(content: bytes, *, seconds_between_bytes: float) -> Answer:
    """Send a byte at a time."""

    async def answer(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(head(200, {"Content-Length": str(len(content))}))
        for position in range(len(content)):
            writer.write(content[position : position + 1])
            await writer.drain()
            await asyncio.sleep(seconds_between_bytes)

    return answer


def dripping_head(*, seconds_between_bytes: float) -> Answer:
    """Never come to the end of the headers, a byte at a time."""

    async def answer(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(seconds_between_bytes)

    return answer


def endless_interim() -> Answer:
    """Say again and again that the answer is on its way."""

    async def answer(_: Request, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(0.001)

    return answer


def stalling(content: bytes, *, announced_bytes: int) -> Answer:
    """Send a part of what was announced, then keep the connection open in silence."""

    async def answer(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(head(200, {"Content-Length": str(announced_bytes)}) + content)
        await writer.drain()
        await asyncio.sleep(NEVER_SECONDS)

    return answer


def endless(start: bytes, chunk: bytes = b"x" * 65536) -> Answer:
    """Begin like an image and never stop; no Content-Length."""

    async def answer(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(head(200, {"Content-Type": "image/jpeg", "Connection": "close"}) + start)
        while True:
            writer.write(chunk)
            await writer.drain()

    return answer


def lying(content: bytes, *, content_length: int) -> Answer:
    """Announce another length than is sent, then close."""

    async def answer(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(head(200, {"Content-Length": str(content_length)}) + content)
        await writer.drain()
        writer.close()

    return answer


def resetting(content: bytes = b"") -> Answer:
    """Send a part, then reset the connection (RST instead of FIN)."""

    async def answer(_: Request, writer: asyncio.StreamWriter) -> None:
        if content:
            writer.write(head(200, {"Content-Length": str(len(content) + 1)}) + content)
            await writer.drain()
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.close()

    return answer


def raw(content: bytes) -> Answer:
    """Send bytes that need not be HTTP, then close."""

    async def answer(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()
        writer.close()

    return answer


def gzip_bomb(start: bytes, unpacked_bytes: int) -> Answer:
    """A small body that unpacks to a huge one."""
    packing = zlib.compressobj(level=9, wbits=zlib.MAX_WBITS + 16)
    chunk = bytes(1_000_000)
    packed = [packing.compress(start), *(packing.compress(chunk) for _ in range(unpacked_bytes // len(chunk)))]
    return body(b"".join([*packed, packing.flush()]), headers={"Content-Encoding": "gzip"})
