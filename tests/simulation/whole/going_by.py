"""What the first orders of an execution of a pair go by, and how old that is (I22, I25, I29, I35).

A pair is opened by rates that are young enough, and closed by what its venues have told of their
positions since the last order there was over. Nothing is opened any more after a stop.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from exchange_clients.base_models import NS, ContractId
from exchange_clients.journal import OrderIntent
from strategies.implementations.funding_arbitrage.state import Leg, Pair, PairStatus

if TYPE_CHECKING:
    from tests.simulation.whole.playing import WholeRun

RATE_AGE_S = 300.0
"""How old a rate may be that is traded on, by the configuration that no scenario changes."""
ASKED_S = 120.0
"""How long it takes at most from a decision to its orders: venues that answer late are asked for
leverage, balances and positions in between."""
LATE_S = 5.0
"""An order that ended so lately may have done so after positions were asked for."""


class GoingBy:
    """Judges the first order of each leg of each execution of a pair."""

    def __init__(self) -> None:
        self._begun: dict[tuple[int, bool, str, ContractId], None] = {}

    def lacks(self, run: WholeRun, pair: Pair, leg: Leg, intent: OrderIntent) -> Iterator[str]:
        """Yield what speaks against an order of a leg; nothing of one that follows another."""
        assert intent.order is not None, "a placement has an order"
        closes = intent.order.reduce_only
        if pair.status is not (PairStatus.CLOSING if closes else PairStatus.OPENING):
            return  # what undoes, or evens, goes by what its execution knows
        key = (pair.number, closes, *leg.key)
        first = not any(each[:2] == key[:2] for each in self._begun)
        if key in self._begun:
            return
        self._begun[key] = None
        over_ns = run.truth.books[leg.key].over_ns
        if run.knowing.positions_ns(leg.venue) < over_ns < run.now_ns() - LATE_S * NS:
            ago_s = (run.now_ns() - over_ns) / NS
            yield f"I22: positions were not asked for since an order was over {ago_s:.1f} s ago"
        if closes:
            return
        if first and run.stopped_ns is not None:
            yield "I35: a pair is opened after the stop"
        read_ns = 0 if run.rates is None else run.rates.read_ns.get((leg.venue, pair.symbol), 0)
        age_s = (run.now_ns() - read_ns) / NS
        if age_s > RATE_AGE_S + ASKED_S:
            yield f"I29: a pair is opened by a rate {age_s:.0f} s old"
