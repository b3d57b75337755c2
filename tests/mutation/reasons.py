"""Why a mutant may survive: by module and reason, the mutants in the words of the page."""

from __future__ import annotations

_REASONS: dict[str, dict[str, tuple[str, ...]]] = {
    "exchange_clients/shared/client/order_tracker.py": {
        "Cost: one order more or less is remembered.": (
            "the module: `1000` as `1001`",
            "the module: `1000` as `999`",
        ),
        "The same: any number below the next rank, or above the last, orders the ranks alike.": (
            "the module: `0` as `-1`",
            "rank: `3` as `4`",
        ),
        "The same: two orders are compared by all of the fields.": (
            "the module: `'order_id'` and `'size'` swapped in `attrgetter()`",
        ),
        "The same: no report is stamped below -1, which stands for none.": ("_Entry: `1` as `2`",),
        "The same: both names are texts, and each is looked up among its own kind.": (
            "OrderTracker.get: `ClientOrderId(order_id)` and `VenueOrderId(order_id)` swapped in "
            "`self._entry_of()`",
        ),
        "Cost: an equal order is made anew.": (
            "OrderTracker._merged: `if status is info.status` taken as False",
            "_derived: `if (status, filled, average) == (info.status, info.filled_size, "
            "info.average_price)` taken as False",
        ),
        "Cost: what fills and reports add up to is set again right after.": (
            "OrderTracker._merged: `OrderInfo()` without `filled_size=info.filled_size`",
            "OrderTracker._merged: `OrderInfo()` without `average_price=info.average_price`",
        ),
    },
    "exchange_clients/shared/transport/nonce.py": {
        "Cost: one request more or less may stand in line.": (
            "the module: `1000` as `1001`",
            "the module: `1000` as `999`",
        ),
        "The same: who is told no error is told a response.": (
            "_Job.tell: `if response is not None` taken as True",
        ),
    },
    "exchange_clients/shared/decimal_grid.py": {
        "Cost: the bound stands a factor of two below where floats would round.": (
            "the module: `1` as `2`",
            "the module: `51` as `52`",
            "the module: `51` as `50`",
        ),
        "The same: of no numbers the divisor is zero, whatever their decimals.": (
            "common_increment: `0` as `1`",
            "common_increment: `0` as `-1`",
        ),
        "The same: of the pattern of a rounding only its exponent counts.": (
            "common_increment: `Decimal(1)` with 1 added",
            "common_increment: `Decimal(1)` less 1",
            "common_increment: `1` as `2`",
            "common_increment: `1` as `0`",
        ),
    },
    "exchange_clients/shared/amounts.py": {
        "Cost: a cap far above any price, one unit off.": (
            "the module: `1000000000000000.0` as `1000000000000001.0`",
            "the module: `1000000000000000.0` as `999999999999999.0`",
        ),
    },
    "exchange_clients/ledger.py": {
        "The same: by 1 or by -1, a number is divided as it is multiplied.": (
            "Holding.trade: `size * side.sign` as `size / side.sign`",
            "Holding.trade: `closing * side.sign` as `closing / side.sign`",
            "Holding.trade: `closing * side.sign` as `closing / side.sign` (2)",
        ),
        "The same: of nothing, nothing is closed.": (
            "Holding.trade: `signed * self.quantity < 0` as `signed * self.quantity <= 0`",
            "Holding.trade: `if closing` taken as True",
        ),
    },
    "execution/position_sizer.py": {
        "The same: each market has one quantity.": (
            "PositionSizer.common_quantity: `zip()` without `strict=True`",
            "PositionSizer.common_quantity: `True` as `False`",
            "PositionSizer.common_quantity: `zip()` without `strict=True` (2)",
            "PositionSizer.common_quantity: `True` as `False` (2)",
        ),
        "The same: a power of ten more or less in the scale is divided out again.": (
            "_common_multiple: `0` as `1`",
            "_common_multiple: `0` as `-1`",
        ),
        "The same: only what is no number has another exponent, and no step is none.": (
            "_common_multiple: without `if isinstance(each, int)`",
        ),
    },
    "execution/order_prices.py": {
        "The same: the greater and the smaller of two are so in either order.": (
            "inside_price: `middle` and `quote.own(side)` swapped in `_further()`",
            "through_price: `beyond` and `other + side.sign * market.tick` swapped in `_further()`",
            "_not_taking: `price` and `quote.other(side) - side.sign * market.tick` swapped in "
            "`within()`",
        ),
    },
    "strategies/implementations/funding_arbitrage/pricing.py": {
        "The same: a mean is so in either order.": (
            "entry_prices: `long` and `short` swapped in `gap_bound()`",
        ),
        "The same: only an assertion reads it, which the correct price always meets.": (
            "entry_prices: `sold / short.market.multiplier` as `sold * short.market.multiplier`",
        ),
    },
    "strategies/implementations/funding_arbitrage/sizing.py": {
        "The same: the smaller of two is so in either order.": (
            "pair_size: `long` and `short` swapped in `aligned_leverage()`",
        ),
        "The same: the settings allow no position that is larger than what a venue may hold.": (
            "_room: `Decimal(0)` less 1",
            "_room: `0` as `-1`",
        ),
        "The same: without a known leverage no size is asked for.": (
            "_room: `if reading.leverage is None` taken as False",
        ),
    },
}

REASONS: dict[str, dict[str, str]] = {
    path: {mutant: reason for reason, mutants in told.items() for mutant in mutants}
    for path, told in _REASONS.items()
}
"""By module and mutant."""
