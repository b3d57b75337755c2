"""What of Paradex a test may want otherwise: delays, lifetimes and what no document settles."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import NS

MS = 1_000_000
"""Nanoseconds in a millisecond."""
US = 1000
"""Nanoseconds in a microsecond, the unit of binary frames."""


@dataclass(frozen=True, slots=True)
class ParadexTerms:
    """Times in nanoseconds."""

    environment: str = "prod"
    """As PARADEX_ENVIRONMENT names it; ``"testnet"`` signs for another chain."""
    verdict_delay_ns: int = 5 * MS
    """From the answer to a create or change until the order meets the book."""
    speed_bump_ns: int = 300 * MS
    """What an order under an interactive token waits besides, unless it is post-only."""
    cancel_delay_ns: int = 5 * MS
    """From the acknowledgement of a cancel until it acts."""
    token_lifetime_ns: int = 300 * NS
    timestamp_ahead_ns: int = 5 * NS
    """How far a signature's time may be ahead of the venue's clock."""
    sbe_versions: tuple[int, ...] = (1, 2, 3)
    """Schema versions that a handshake may ask for."""
    private_sbe: bool = False
    """Whether private channels that have a template are binary too."""
    fill_side_is_takers: bool = True
    """Whether a maker's fill names the taker's side, as documented, rather than the maker's."""
    rate_limits: bool = True
    price_band: Decimal = Decimal("0.05")
    """How far above the mark a buy and below it a sell may be priced, as a fraction."""
    max_open_orders: int = 100
    """Of one account in one market."""

    @property
    def chain_id(self) -> str:
        """The chain that messages are signed for."""
        testnet = self.environment == "testnet"
        return "PRIVATE_SN_POTC_SEPOLIA" if testnet else "PRIVATE_SN_PARACLEAR_MAINNET"
