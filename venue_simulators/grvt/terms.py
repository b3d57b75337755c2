"""What of GRVT a test may want otherwise: delays, lifetimes and what no document settles."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import NS

MS = 1_000_000
"""Nanoseconds in a millisecond."""


@dataclass(frozen=True, slots=True)
class GrvtTerms:
    """Times in nanoseconds."""

    environment: str = "prod"
    """As GRVT_ENVIRONMENT names it; ``"testnet"`` signs for another chain."""
    verdict_delay_ns: int = 5 * MS
    """From the answer to a create until the order meets the book."""
    speed_bump_ns: int = 25 * MS
    """What an order that is not post-only waits besides."""
    cancel_delay_ns: int = 5 * MS
    """From the acknowledgement of a cancel until it acts."""
    read_delay_ns: int = 0
    """How old what private reads tell may be."""
    cookie_lifetime_ns: int = 24 * 3600 * NS
    sockets_outlive_login: bool = True
    """Whether a private WebSocket stays open when its cookie has expired."""
    unknown_cancels_acknowledged: bool = True
    """Whether a cancel of an unknown order is acknowledged rather than answered with 1004."""
    replays_open_orders: bool = False
    """Whether subscribing to orders sends those that are open."""
    rate_limits: bool = True
    price_band: Decimal = Decimal("0.5")
    """How far above the mark a buy and below it a sell may be priced, as a fraction."""
    max_open_orders: int = 200
    """Of one account, over all markets."""

    @property
    def chain_id(self) -> int:
        """The EIP-712 chain that orders are signed for."""
        return {"prod": 325, "testnet": 326}.get(self.environment, 327)
