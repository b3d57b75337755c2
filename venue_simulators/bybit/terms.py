"""What of Bybit a test may want otherwise: delays, environments and what no document settles."""

from __future__ import annotations

from dataclasses import dataclass

from exchange_clients.base_models import NS

MS = 1_000_000
"""Nanoseconds in a millisecond."""
MAINNET, TESTNET, DEMO = "mainnet", "testnet", "demo"
VARIABLES = {MAINNET: "BYBIT", TESTNET: "BYBIT_TESTNET", DEMO: "BYBIT_DEMO"}
"""How the variables of a key begin, by the environment that it is of: the families are disjoint."""


@dataclass(frozen=True, slots=True)
class BybitTerms:
    """Times in nanoseconds."""

    environment: str = MAINNET
    """``"demo"`` serves fewer routes and no WebSocket order entry."""
    verdict_delay_ns: int = 3 * MS
    """From the acknowledgement of an order, amendment or cancel until the engine has it."""
    history_lag_ns: int = 200 * MS
    """How long an order that has ended is missing from the order history."""
    orders_per_s: int = 10
    """Creates a second and account, and as many amendments and cancels; VIPs have up to 60."""
    rate_limits: bool = True
    institutional: bool = True
    """Whether the dead-man switch may be armed; ordinary accounts may not."""
    margin_refused_at_once: bool = False
    """Whether a create that the account cannot carry is refused with 110007, not on the stream."""
    key_expires_ns: int | None = None
    """Epoch ns from which every key is refused with 33004."""
    idle_cut_ns: int = 600 * NS
    """How long a socket lives without a frame of its client."""

    @property
    def demo(self) -> bool:
        """Whether this is demo trading."""
        return self.environment == DEMO
