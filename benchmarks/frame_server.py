"""A process that serves prebuilt book frames to one WebSocket after the other, as fast as it can.

It waits for a first frame of the client, then sends what the path of the URL says: ``/burst`` as
much as the socket takes, ``/paced`` one frame each ``PACE_S``, so that each wakes the client.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import sys
import time

from benchmarks.book_streams import frames

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
PACE_S = 0.0002
SHAPE = "lighter"


def framed(payload: bytes) -> bytes:
    """Return a payload as an unmasked text frame."""
    if len(payload) < 126:
        return b"\x81" + bytes([len(payload)]) + payload
    return b"\x81\x7e" + len(payload).to_bytes(2, "big") + payload


def shake_hands(connection: socket.socket) -> str:
    """Answer the handshake; return the path that was asked for."""
    request = b""
    while b"\r\n\r\n" not in request:
        request += connection.recv(4096)
    head = request.split(b"\r\n")
    key = next(
        line.partition(b":")[2].strip()
        for line in head
        if line.lower().startswith(b"sec-websocket-key:")
    )
    accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
    connection.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
    return head[0].split(b" ")[1].decode()


def serve(connection: socket.socket, stream: list[bytes]) -> None:
    """Send the stream once the client has said something; return when it leaves."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    paced = shake_hands(connection) == "/paced"
    connection.recv(4096)
    if not paced:
        connection.sendall(b"".join(stream))
    else:
        due = time.perf_counter()
        for frame in stream:
            due += PACE_S
            while time.perf_counter() < due:
                pass
            connection.sendall(frame)
    while connection.recv(4096):
        pass


def main() -> None:
    """Print the port, then serve until killed."""
    count = int(sys.argv[1])
    stream = [framed(frame) for frame in frames(SHAPE, seed=1, count=count)[1]]
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    while True:
        connection, _ = listening.accept()
        with connection:
            try:
                serve(connection, stream)
            except OSError:
                continue  # the client left; the next one is welcome


if __name__ == "__main__":
    main()
