"""What an account has agreed on with the venue: its tier's speed, fees and limits; and how late.

Instants and spans are nanoseconds; fees are fractions of notional.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from exchange_clients.base_models import NS

MS = 1_000_000
MINUTE_NS = 60 * NS
DAY_MS = 86_400_000

CHAIN_ID = 304
TESTNET_CHAIN_ID = 300

ORDER_INDEX_BASE = 1 << 56
"""The venue's order numbers lie above 2^48; these also lie where a double skips most integers."""
CLIENT_INDEX_MAX = (1 << 48) - 1
NONCE_MAX = (1 << 47) - 1
PRICE_MAX = (1 << 32) - 1
BASE_AMOUNT_MAX = (1 << 48) - 1
ORDER_EXPIRY_MIN_MS = 5 * 60_000
ORDER_EXPIRY_MAX_MS = 30 * DAY_MS
CANCEL_ALL_MAX_MS = 15 * DAY_MS
BATCH_MAX = 15
TOKEN_LIFE_MAX_S = 8 * 3600
ACTIVE_ORDERS_MAX = 1500
ACTIVE_ORDERS_A_MARKET_MAX = 1000


class Tier(IntEnum):
    """The account types, by the numbers in which accounts show them."""

    STANDARD = 0
    PREMIUM = 1


@dataclass(frozen=True, slots=True)
class TierTerms:
    """What a tier pays and gets."""

    maker_fee: Decimal
    taker_fee: Decimal
    maker_delay_ns: int
    """Added to resting orders and cancels on their way to the sequencer."""
    taker_delay_ns: int
    weight_a_minute: int
    weighted: bool
    """Whether requests count by their weights, or one each."""
    sends_a_minute: int


TIERS = {
    Tier.STANDARD: TierTerms(Decimal(0), Decimal(0), 200 * MS, 300 * MS, 60, False, 60),
    Tier.PREMIUM: TierTerms(
        Decimal("0.00004"), Decimal("0.00028"), 0, 200 * MS, 24_000, True, 4_000
    ),
}


@dataclass(frozen=True, slots=True)
class LighterTerms:
    """How one simulated Lighter treats its clients."""

    tier: Tier = Tier.PREMIUM
    sequencing_ns: int = 20 * MS
    """From the acceptance of a transaction to its execution, before the tier's own delay."""
    tier_delays: bool = True
    """Whether the tier's delays for makers and takers are added."""
    read_lag_ns: int = 300 * MS
    """By how much REST lists of orders and trades trail the streams."""

    @property
    def of_tier(self) -> TierTerms:
        """The tier's own terms."""
        return TIERS[self.tier]

    def delay_ns(self, *, takes: bool) -> int:
        """Return how long after its acceptance a transaction executes."""
        terms = self.of_tier
        bump_ns = terms.taker_delay_ns if takes else terms.maker_delay_ns
        return self.sequencing_ns + (bump_ns if self.tier_delays else 0)
