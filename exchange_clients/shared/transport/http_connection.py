"""One kept connection to a host: an HTTP/1.1 request out, its answer in, one at a time.

The bytes of an answer are read by httptools, the parser of Node.js. What is decided here is what a
half answer proves: once a byte of the request was written, everything short of a whole answer is
``AnswerLost``. A connection that is out of step with its requests is never used again.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Mapping
from typing import cast

import httptools

from exchange_clients.shared.flow import Response
from exchange_clients.shared.transport.ports import AnswerLost

HEADER_BYTES_MAX = 64 << 10
BODY_BYTES_MAX = 64 << 20
"""Above the longest list of any venue, unpacked; a longer answer is given up."""
COMPRESSIONS = {"gzip": 31, "x-gzip": 31, "deflate": 47}
"""Window bits by which zlib reads each content encoding."""
INFORMATIONAL = 200
"""Answers below it announce the answer proper."""


class HttpConnection(asyncio.Protocol):
    """One connection; opened by ``loop.create_connection``.

    Args:
        host: Names the peer in errors.
        now_ns: Wall time, for when an answer was received.
    """

    def __init__(self, host: str, now_ns: Callable[[], int]) -> None:
        self._host = host
        self._now_ns = now_ns
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Response] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._due = self._ends_at = 0.0
        self._clear()
        self.idle_since = 0.0
        """When it was last given back, of the loop's clock."""

    def _clear(self) -> None:
        self._headers: dict[str, str] = {}
        self._header_bytes = 0
        self._headed = False
        self._chunks: list[bytes] = []
        self._body_bytes = 0

    @property
    def usable(self) -> bool:
        """Whether another request may be sent."""
        transport = self._transport
        return transport is not None and self._answer is None and not transport.is_closing()

    async def exchange(self, message: bytes, first_byte_s: float, ends_at: float) -> Response:
        """Write one request and return its answer, whatever its status.

        Args:
            message: Head and body.
            first_byte_s: Bounds the wait for the answer to begin.
            ends_at: Time of the loop by which it must have ended.

        Raises:
            AnswerLost: no whole answer came.
        """
        assert self._transport is not None, "it is opened by create_connection"
        assert self._answer is None, "one request at a time"
        loop = self._loop
        answer: asyncio.Future[Response] = loop.create_future()
        self._answer = answer
        self._transport.write(message)
        self._ends_at = ends_at
        self._watch(min(loop.time() + first_byte_s, ends_at))
        try:
            return await answer
        finally:
            if self._answer is not None:  # given up by the caller: what comes would be taken for
                self.abort()  # the answer to the next request
            self._answer = None

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    # What the event loop tells --------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what writes."""
        # A stream's transport is one, though uvloop's is no subclass of it.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Read on; what nobody asked for ends the connection."""
        if self._answer is None:
            self.abort()
            return
        self._due = self._ends_at  # the answer has begun
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            cause = error.__context__  # what a callback below raised comes wrapped
            self._lose(str(cause) if isinstance(cause, AnswerLost) else f"no HTTP: {error}")
        except httptools.HttpParserUpgrade:
            self._lose("the peer changed the protocol")

    def eof_received(self) -> None:
        """Let the connection close: half open ones are of no use."""

    def connection_lost(self, exc: Exception | None) -> None:
        """End the request under way: a body that ends with the connection is whole, no other."""
        if self._timer is not None:
            self._timer.cancel()
        if self._answer is None:
            return
        framed = "content-length" in self._headers or "transfer-encoding" in self._headers
        if exc is None and self._headed and not framed:
            self.on_message_complete()
        else:
            self._lose("the connection closed" if exc is None else type(exc).__name__)

    # What the parser tells ------------------------------------------------------------------------

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; of one that comes again each value is a line."""
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > HEADER_BYTES_MAX:
            raise AnswerLost(f"more than {HEADER_BYTES_MAX} bytes of headers")
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        known = self._headers.get(key)
        self._headers[key] = text if known is None else f"{known}\n{text}"

    def on_headers_complete(self) -> None:
        """Begin the body."""
        self._headed = True

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body."""
        self._body_bytes += len(body)
        if self._body_bytes > BODY_BYTES_MAX:
            raise AnswerLost(f"more than {BODY_BYTES_MAX} bytes")
        self._chunks.append(body)

    def on_message_complete(self) -> None:
        """Hand the answer over; an informational one only comes before it."""
        status = self._parser.get_status_code()
        headers, chunks = self._headers, self._chunks
        self._clear()
        if status < INFORMATIONAL:
            return
        answer, self._answer = self._answer, None
        if answer is None or answer.done():
            self.abort()
            return
        try:
            body = _unpacked(chunks, headers.get("content-encoding", ""))
        except (zlib.error, AnswerLost) as error:
            self.abort()
            answer.set_exception(AnswerLost(f"{self._host}: its body cannot be unpacked: {error}"))
            return
        if not self._parser.should_keep_alive():
            self.abort()
        answer.set_result(Response(status, body, headers, received_ns=self._now_ns()))

    # Ending ---------------------------------------------------------------------------------------

    def _watch(self, due: float) -> None:
        """Give the answer up at ``due``, of the loop's clock.

        The timer outlives its request and looks again when it rings: to set and to cancel one for
        each request would cost more than all else that is done here.
        """
        self._due = due
        if self._timer is not None:
            if self._timer.when() <= due:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(due, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._answer is None:
            return
        if self._loop.time() < self._due:
            self._watch(self._due)
        else:
            begun = "the answer did not end in time" if self._headed else "no answer in time"
            self._lose(begun)

    def _lose(self, reason: str) -> None:
        answer, self._answer = self._answer, None
        self.abort()
        if answer is not None and not answer.done():
            answer.set_exception(AnswerLost(f"{self._host}: {reason}"))


def _unpacked(chunks: list[bytes], encoding: str) -> bytes:
    """Return a body without its content encoding.

    Raises:
        AnswerLost: the encoding was not offered, or what it holds is cut short or too long.
    """
    body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
    if not encoding or encoding == "identity" or not body:
        return body
    window = COMPRESSIONS.get(encoding.strip().lower())
    if window is None:
        raise AnswerLost(f"content encoding {encoding} was not offered")
    unpacker = zlib.decompressobj(window)
    plain = unpacker.decompress(body, BODY_BYTES_MAX)
    if not unpacker.eof:
        raise AnswerLost("cut short, or too long")
    return plain


def message_of(method: str, host: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return the bytes of a request.

    Raises:
        ValueError: a part holds what would end its line.
    """
    lines = [f"{method} {path} HTTP/1.1\r\nhost: {host}\r\naccept-encoding: gzip, deflate\r\n"]
    lines += [f"{name}: {value}\r\n" for name, value in headers.items()]
    if body or method != "GET":
        lines.append(f"content-length: {len(body)}\r\n")
    lines.append("\r\n")
    head = "".join(lines)
    breaks = len(lines) + 2
    if head.count("\n") != breaks or head.count("\r") != breaks or " " in path:
        raise ValueError(
            f"a line break or a blank in the head of {method} {path.partition('?')[0]}"
        )
    return head.encode("latin-1") + body
