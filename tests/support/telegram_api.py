"""A stand-in of Telegram's bot API: in memory on virtual time, or on a socket of this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from exchange_clients.shared.clock import Clock
from exchange_clients.shared.transport.memory_transport import (
    Answered,
    MemoryHttpTransport,
    MemoryRequest,
    Opened,
)

TOKEN = "123456789:AAF-a-token-that-nobody-may-ever-read"
URL = "https://telegram.test"
SILENCE = 0
"""As a status: no answer at all."""


@dataclass(frozen=True)
class Answer:
    status: int
    told: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        return json.dumps(self.told).encode()


@dataclass
class TelegramApi:
    """Takes messages, unless it was told to do something else with the next requests."""

    troubles: list[int] = field(default_factory=list)
    """Statuses of the next answers; a message behind one of them is not taken."""
    retry_after_s: float = 5
    messages: list[tuple[int, str]] = field(default_factory=list)
    """Chat and text of what was written, in order."""
    asked: list[str] = field(default_factory=list)
    """Methods, in order."""
    updates: list[Mapping[str, Any]] = field(default_factory=list)
    """What people wrote."""
    on_message: Callable[[], None] = lambda: None

    def write(self, chat: int, text: str, sender: str = "ann", date: int = 0) -> None:
        """Let a person write to the bot."""
        number = len(self.updates) + 1
        message = {"chat": {"id": chat}, "from": {"id": 7, "username": sender}, "text": text}
        self.updates.append({"update_id": number, "message": {**message, "date": date}})

    def answer(self, path: str, body: bytes) -> Answer | None:
        """Answer a request; None for silence."""
        _, bot, method = path.split("/")
        self.asked.append(method)
        status = self.troubles.pop(0) if self.troubles else 200
        if bot != f"bot{TOKEN}":
            status = 401
        if status == SILENCE:
            return None
        if status != 200:
            told: dict[str, object] = {"ok": False, "error_code": status, "description": "no"}
            if status == 429:
                told["parameters"] = {"retry_after": self.retry_after_s}
            return Answer(status, told)
        return Answer(200, {"ok": True, "result": self._do(method, json.loads(body))})

    def _do(self, method: str, asked: Mapping[str, Any]) -> object:
        if method == "getUpdates":
            return [each for each in self.updates if each["update_id"] >= asked["offset"]]
        assert method == "sendMessage"
        assert len(asked["text"]) <= 4096
        self.messages.append((asked["chat_id"], asked["text"]))
        self.on_message()
        return {"message_id": len(self.messages)}

    # As a host in memory -------------------------------------------------------------------------

    def request(self, request: MemoryRequest, deliver: Answered) -> None:
        answer = self.answer(request.path, request.body)
        if answer is not None:
            deliver(answer)

    def open(
        self, request: MemoryRequest, deliver: Opened, on_frame: Any, on_close: Any, on_pong: Any
    ) -> None:
        raise AssertionError("Telegram has no WebSockets")

    def transport(self, clock: Clock) -> MemoryHttpTransport:
        """Return the way to it in memory."""
        return MemoryHttpTransport(lambda url: self if url == URL else None, clock)


@contextmanager
def served(api: TelegramApi) -> Iterator[str]:
    """Serve it on a socket of this machine; give its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = api.answer(self.path, body) or Answer(500, {})
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
