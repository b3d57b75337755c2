"""What of Aster a test may want otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field

from exchange_clients.paper.rules import PostOnlyMode
from venue_simulators.aster.signatures import MAINNET_CHAIN
from venue_simulators.fapi.hub import StreamRules
from venue_simulators.fapi.rate_limits import Limits


@dataclass(frozen=True, slots=True)
class AsterTerms:
    """How the venue behaves where it may behave either way."""

    post_only: PostOnlyMode = PostOnlyMode.EXPIRE
    """Whether a post-only order that would trade is taken and EXPIRED, or refused with -5022."""
    chain_id: int = MAINNET_CHAIN
    """For which agents sign; the testnet's is 714."""
    read_delay_ns: int = 0
    """How old an order or a fill is before questions find it."""
    limits: Limits = field(default_factory=Limits)
    streams: StreamRules = field(default_factory=StreamRules)
