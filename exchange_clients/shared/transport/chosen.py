"""Which library carries HTTP: our own connections where httptools is installed, aiohttp else."""

from __future__ import annotations

from exchange_clients.shared.clock import Clock
from exchange_clients.shared.transport.ports import HttpTransport


def http_transport(clock: Clock | None = None) -> HttpTransport:
    """Return a transport over the fastest library that is installed."""
    try:
        from exchange_clients.shared.transport.direct_transport import (  # noqa: PLC0415  # optional
            DirectTransport,
        )
    except ImportError:
        from exchange_clients.shared.transport.aiohttp_transport import (  # noqa: PLC0415  # else not used
            AiohttpTransport,
        )

        return AiohttpTransport(clock)
    return DirectTransport(clock)
