"""What the answers of venues come to in the same way: the leverage that sizes of position allow."""

from __future__ import annotations

from collections.abc import Iterable

from exchange_clients.base_models import LeverageBracket, LeverageInfo
from exchange_clients.errors import MalformedPayload


def leverage_of(brackets: Iterable[LeverageBracket], what: object) -> LeverageInfo:
    """Return brackets as what a market allows, smallest first; one without a limit is the largest.

    Args:
        brackets: In any order.
        what: Names the market in the error.

    Raises:
        MalformedPayload: there is none.
    """
    limited = sorted(brackets, key=lambda row: (row.max_notional is None, row.max_notional or 0))
    if not limited:
        raise MalformedPayload(f"the answer holds no readable bracket of {what}")
    most = limited[0].max_leverage
    return LeverageInfo(most, limited[-1].max_notional, 1 / most, tuple(limited))
