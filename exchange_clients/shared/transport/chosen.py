"""Which library carries HTTP: our own connections where httptools is installed, aiohttp else."""

from __future__ import annotations

from exchange_clients.errors import ClientConfigError
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.transport.ports import HttpTransport
from exchange_clients.shared.transport.tunnel import Tunnel


def http_transport(clock: Clock | None = None, tunnel: Tunnel | None = None) -> HttpTransport:
    """Return a transport over the fastest library that is installed.

    Raises:
        ClientConfigError: a tunnel is wanted, and httptools is not installed.
    """
    try:
        from exchange_clients.shared.transport.direct_transport import (  # noqa: PLC0415  # optional
            DirectTransport,
        )
    except ImportError:
        if tunnel is not None:
            raise ClientConfigError(
                "a proxy needs httptools: pip install 'exchange-clients[proxy]'"
            ) from None
        from exchange_clients.shared.transport.aiohttp_transport import (  # noqa: PLC0415  # else not used
            AiohttpTransport,
        )

        return AiohttpTransport(clock)
    return DirectTransport(clock, tunnel)
