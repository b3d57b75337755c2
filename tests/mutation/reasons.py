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
    "exchange_clients/shared/websocket/order_book.py": {
        "Cost: the slower way is taken, which judges the same.": (
            "OrderBook.levels: `if len(book) > WALK_STEPS_MAX` taken as True",
            "OrderBook.levels: `if len(book) > WALK_STEPS_MAX` taken as False",
            "OrderBook.levels: `len(book) > WALK_STEPS_MAX` as `len(book) >= WALK_STEPS_MAX`",
            "OrderBook.levels: `len(book) > WALK_STEPS_MAX` as `len(book) <= WALK_STEPS_MAX`",
            "OrderBook.apply: `if previous is None` taken as True",
            "OrderBook.apply: `if previous is None` taken as False",
            "OrderBook.apply: `previous is None` as `previous is not None`",
            "OrderBook.apply: `if previous != self._joint` taken as True",
            "OrderBook.apply_labelled: `if event.previous != self._joint` taken as True",
            "OrderBook.apply_levels: `if bids` taken as True",
            "OrderBook.apply_levels: `if asks` taken as True",
            "OrderBook.apply_labelled: `if bids` taken as True",
            "OrderBook.apply_labelled: `if asks` taken as True",
        ),
        "Cost: entries are counted, or swept, sooner or later.": (
            "the module: `1000` as `1001`",
            "the module: `1000` as `999`",
            "the module: `4096` as `4097`",
            "the module: `4096` as `4095`",
            "the module: `32` as `33`",
            "the module: `32` as `31`",
            "OrderBook.apply_levels: `1` as `2`",
            "OrderBook.apply_levels: `if self._unchecked < 0` taken as True",
            "OrderBook.apply_levels: `self._unchecked < 0` as `self._unchecked <= 0`",
            "OrderBook.apply_levels: `self._unchecked < 0` as `self._unchecked >= 0`",
            "OrderBook.apply_levels: `0` as `1`",
            "OrderBook.apply_levels: `0` as `-1`",
            "OrderBook.apply_labelled: `1` as `2`",
            "OrderBook.apply_labelled: `if self._unchecked < 0` taken as True",
            "OrderBook.apply_labelled: `self._unchecked < 0` as `self._unchecked <= 0`",
            "OrderBook.apply_labelled: `self._unchecked < 0` as `self._unchecked >= 0`",
            "OrderBook.apply_labelled: `0` as `1`",
            "OrderBook.apply_labelled: `0` as `-1`",
            "OrderBook._clear: drop `self._sweep_at = 2 * LEVELS_MAX`",
            "OrderBook._clear: `2 * LEVELS_MAX` as `2 / LEVELS_MAX`",
            "OrderBook._clear: `2` as `3`",
            "OrderBook._clear: `2` as `1`",
            "OrderBook._check_size: drop `self._unchecked = CHECK_EVERY`",
            "OrderBook._check_size: `if max(len(self._bids), len(self._asks)) > self._sweep_at` "
            "taken as True",
            "OrderBook._check_size: `max(len(self._bids), len(self._asks)) > self._sweep_at` as "
            "`max(len(self._bids), len(self._asks)) >= self._sweep_at`",
            "OrderBook._sweep: drop `self._sweep_at = 2 * max(LEVELS_MAX, len(self._bids), "
            "len(self._asks))`",
            "OrderBook._sweep: `2 * max(LEVELS_MAX, len(self._bids), len(self._asks))` as "
            "`2 / max(LEVELS_MAX, len(self._bids), len(self._asks))`",
            "OrderBook._sweep: `2` as `1`",
            "OrderBook._sweep: `max` as `min`",
        ),
        "Cost: a side is searched, or sorted, instead of walked; what is found is the same.": (
            "the module: `256` as `257`",
            "the module: `256` as `255`",
            "OrderBook._clear: `True` as `False`",
            "OrderBook._next: `(emptied * scale + 0.5) // 1.0` as `(emptied * scale + 0.5) * 1.0`",
            "OrderBook._next: `emptied * scale + 0.5` as `emptied * scale - 0.5`",
            "OrderBook._next: `emptied * scale` as `emptied / scale`",
            "OrderBook._next: `0.5` as `1.5`",
            "OrderBook._next: `0.5` as `-0.5`",
            "OrderBook._next: `1.0` as `2.0`",
            "OrderBook._next: `if units / scale != emptied or units % step` taken as True",
            "OrderBook._next: `units / scale != emptied` as `units / scale == emptied`",
            "OrderBook._next: `units / scale` as `units * scale`",
            "OrderBook._next: `units % step` as `units * step`",
            "OrderBook._next: `if self._on_grid` taken as False",
            "OrderBook._next: drop `units += step`",
            "OrderBook._next: `units += step` as `units -= step`",
            "OrderBook._next: `units / scale` as `units * scale` (2)",
            "OrderBook._next: `if size_of(price)` taken as False",
            "OrderBook._walk: `if best in (NO_BID, NO_ASK)` taken as False",
            "OrderBook._walk: `0` as `1`",
            "OrderBook._walk: `0` as `-1`",
            "OrderBook._walk: `while on_grid and empty < WALK_STEPS_MAX` taken as False",
            "OrderBook._walk: `empty < WALK_STEPS_MAX` as `empty <= WALK_STEPS_MAX`",
            "OrderBook._walk: `empty < WALK_STEPS_MAX` as `empty >= WALK_STEPS_MAX`",
            "OrderBook._walk: `if size` taken as False (2)",
            "OrderBook._walk: `0` as `1` (2)",
            "OrderBook._walk: `0` as `-1` (2)",
            "OrderBook._walk: `1` as `2`",
        ),
        "The same: any number below -1 is no delta's.": ("the module: `2` as `3`",),
        "The same: a step is one unit at least, up or down.": (
            "OrderBook._next: `step < 0` as `step <= 0`",
            "OrderBook._next: `0` as `1`",
            "OrderBook._walk: `step > 0` as `step >= 0`",
            "OrderBook._walk: `0` as `-1` (3)",
            "OrderBook._walk: `step < 0` as `step <= 0`",
            "OrderBook._walk: `0` as `1` (4)",
        ),
    },
    "exchange_clients/shared/transport/nonce.py": {
        "Cost: one request more or less may stand in line.": (
            "the module: `1000` as `1001`",
            "the module: `1000` as `999`",
        ),
    },
    "exchange_clients/rounding.py": {
        "Cost: what is on the grid is put there once more.": (
            "round_to_increment: `if value.same_quantum(increment) and (not value % increment)` "
            "taken as False",
            "round_to_increment: `value % increment` as `value * increment`",
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
    "execution/legs/machine.py": {
        "Cost: a book may be a little older, and a question come a little sooner or later.": (
            "the module: `10` as `11`",
            "the module: `10` as `9`",
            "the module: `10` as `11` (2)",
            "the module: `10` as `9` (2)",
            "_choose: `now.now_ns - now.books.at_ns > BOOK_AGE_NS` as "
            "`now.now_ns - now.books.at_ns >= BOOK_AGE_NS`",
            "_unwind: `now.now_ns >= state.retry_at_ns` as `now.now_ns > state.retry_at_ns`",
        ),
        "The same: each leg has a state.": (
            "_open: `zip()` without `strict=True`",
            "_open: `True` as `False`",
        ),
        "The same: until it is given up, and done, there is that instant to wake at.": (
            "_wake_ns: `if later` taken as True",
        ),
        "Cost: it wakes once more, decides the same and sleeps on.": (
            "_wake_ns: `if execution.traded` taken as True",
        ),
        "The same: before anything is taken back, each leg has had an order.": (
            "_in_vain: `if state.orders` taken as True",
        ),
    },
    "execution/legs/moves.py": {
        "The same: what doubles so often is far beyond the longest pause.": (
            "pause_ns: `16` as `17`",
            "pause_ns: `16` as `15`",
        ),
        "The same: one failure more is one at least.": (
            "failed: `0` as `1`",
            "failed: `0` as `-1`",
        ),
        "The same: each leg has a book, known or not.": (
            "_mids: `zip()` without `strict=True`",
            "_mids: `True` as `False`",
        ),
        "The same: where no book is known, nobody asks how old it is.": (
            "Books: `-1` as `1`",
            "Books: `1` as `2`",
            "Books: `1` as `0`",
        ),
        "The same: by 1 or by -1, a number is divided as it is multiplied.": (
            "_on_held: `held.quantity * leg.side.sign` as `held.quantity / leg.side.sign`",
            "_on_held: `state.baseline * leg.side.sign` as `state.baseline / leg.side.sign`",
        ),
    },
    "execution/legs/phases.py": {
        "The same: what has just ended is even, undone or stranded, and nothing takes that up.": (
            "follow: `if phase is Phase.DONE` taken as False",
        ),
        "Cost: it begins, and is stopped in the same step, with nothing sent.": (
            "_stopped: None for `return execution.stopping`",
        ),
    },
    "execution/legs/costs.py": {
        "The same: by 1 or by -1, a number is divided as it is multiplied.": (
            "taking_cost: `(level.price - worst_price) * side.sign` as "
            "`(level.price - worst_price) / side.sign`",
        ),
    },
    "execution/legs/choice.py": {
        "The same: each leg has a book, known or not, and a state.": (
            "_finish_usd: `zip()` without `strict=True`",
            "_finish_usd: `True` as `False`",
            "_unwind_usd: `zip()` without `strict=True`",
            "_unwind_usd: `True` as `False`",
            "_unwind_usd: `zip()` without `strict=True` (2)",
            "_unwind_usd: `True` as `False` (2)",
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
