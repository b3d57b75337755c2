"""How many calls of each kind a second allows; a second's worth, or a few, may come at once.

The numbers are those that public clients keep to; the venue's own table is not published.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from exchange_clients.base_models import NS
from venue_simulators.grvt.errors import RATE_LIMITED, GrvtError

CREATE, CANCEL = "create_order", "cancel_order"
LOGIN = "login"

_CALLS_PER_10_S: Mapping[int, tuple[str, ...]] = {
    200: (CREATE, CANCEL),
    20: ("cancel_all_orders",),
    50: ("order", "open_orders", "fill_history", "positions", "order_history"),
    25: (
        "account_summary",
        "funding_account_summary",
        "get_all_initial_leverage",
        "set_initial_leverage",
        "set_position_config",
        "funding_payment_history",
    ),
    10: (LOGIN,),
    250: ("instruments", "all_instruments", "instrument", "mini", "ticker", "margin_rules"),
    83: ("book", "trade", "trade_history", "kline", "funding"),
}
CALLS_PER_S: Mapping[str, Decimal] = {
    kind: Decimal(calls) / 10 for calls, kinds in _CALLS_PER_10_S.items() for kind in kinds
}
DEFAULT_CALLS_PER_S = Decimal("2.5")
AT_ONCE_MIN = Decimal(5)


class RateLimits:
    """One bucket per caller and kind, refilled steadily."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], tuple[Decimal, int]] = {}

    def spend(self, caller: str, kind: str, now_ns: int, calls: int = 1) -> None:
        """Take ``calls`` out of a bucket.

        Raises:
            GrvtError: 1006, there are not as many in it; nothing is taken.
        """
        rate = CALLS_PER_S.get(kind, DEFAULT_CALLS_PER_S)
        most = max(rate, AT_ONCE_MIN)
        left, at_ns = self._buckets.get((caller, kind), (most, now_ns))
        left = min(most, left + rate * (now_ns - at_ns) / NS)
        if left < min(Decimal(calls), most):
            raise GrvtError(RATE_LIMITED)
        # A batch larger than the bucket is let through when it is full, and is owed afterwards.
        self._buckets[caller, kind] = (left - calls, now_ns)
