"""A way to a host through one account's proxy, HTTP or SOCKS; no other connection is touched.

The proxy is asked for each connection by itself, and names are resolved by it. Nothing of the
process is changed: neither sockets nor variables. python-socks speaks the protocols (the extra
``proxy``).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from exchange_clients.errors import ClientConfigError

SCHEMES = ("http", "socks5", "socks5h", "socks4")
CONNECT_S = 10.0
"""Bounds a proxy that takes a connection and says nothing; whoever connects may wait less."""


class Tunnel:
    """One proxy; its password is in no repr and no message.

    Args:
        url: ``socks5://user:password@host:1080`` or ``http://host:3128``.

    Raises:
        ClientConfigError: it is no such address, or python-socks is not installed.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = None
        if parts.scheme not in SCHEMES or not parts.hostname or port is None:
            raise ClientConfigError(
                f"the proxy is no address: write {' or '.join(f'{each}://' for each in SCHEMES)} "
                "with host and port, as socks5://user:password@host:1080"
            )
        self.host = f"{parts.hostname}:{port}"
        """Where it is, fit to be logged."""
        self._url = url.replace("socks5h://", "socks5://", 1)
        _library()

    def __repr__(self) -> str:
        return f"Tunnel({self.host})"

    async def connect(self, host: str, port: int) -> Any:  # a connected, non-blocking socket
        """Return a socket to a host.

        Raises:
            OSError: the proxy cannot be reached, or does not let us through.
        """
        proxy_class, errors = _library()
        try:
            proxy = proxy_class.from_url(self._url, rdns=True)
            return await proxy.connect(dest_host=host, dest_port=port, timeout=CONNECT_S)
        except errors as error:
            # Neither the words nor the chain of the library's error: it may quote what we sent.
            kind = type(error).__name__
        raise OSError(f"proxy {self.host} does not lead to {host}:{port} ({kind})")


def _library() -> tuple[Any, tuple[type[Exception], ...]]:
    try:
        from python_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError  # noqa: PLC0415  # optional
        from python_socks.async_.asyncio import Proxy  # noqa: PLC0415  # optional
    except ImportError as error:
        raise ClientConfigError(
            "a proxy needs python-socks: pip install 'exchange-clients[proxy]'"
        ) from error
    return Proxy, (ProxyError, ProxyConnectionError, ProxyTimeoutError)
