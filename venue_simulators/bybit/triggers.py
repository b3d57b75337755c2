"""Orders that wait for a price: which of them a market's prices set off.

The venue watches last, mark and index price, each order the one that it names. A trailing stop
follows the best price it has seen since it became active and goes off when the price has come back
by its distance.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from exchange_clients.base_models import ContractId, Side
from venue_simulators.agenda import Agenda
from venue_simulators.bybit.order_checks import price_now
from venue_simulators.bybit.order_form import LAST, RISING
from venue_simulators.bybit.order_record import OrderRecord
from venue_simulators.world import BookChange, MarketTrade, World


class Triggers:
    """The orders that wait.

    Args:
        world: Whose prices are watched.
        agenda: Where a look is planned: listeners of the world must not act.
        fire: Called with each order that goes off.
    """

    def __init__(self, world: World, agenda: Agenda, fire: Callable[[OrderRecord], None]) -> None:
        self._world = world
        self._agenda = agenda
        self._fire = fire
        self._waiting: dict[ContractId, list[OrderRecord]] = {}
        for contract_id in world.markets:
            world.listen_book(contract_id, self._on_book)
            world.listen_trades(contract_id, self._on_trade)

    def add(self, record: OrderRecord) -> None:
        """Let an order wait; its price is looked at at once."""
        contract_id = record.form.symbol
        self._waiting.setdefault(contract_id, []).append(record)
        self._plan(contract_id)

    def remove(self, record: OrderRecord) -> None:
        """Let an order wait no more."""
        waiting = self._waiting.get(record.form.symbol, [])
        if record in waiting:
            waiting.remove(record)

    def look(self, contract_id: ContractId) -> None:
        """Set off every order whose price has come."""
        for record in list(self._waiting.get(contract_id, ())):
            now = price_now(self._world, contract_id, record.form.trigger_by or LAST)
            gone_off = trails(record, now) if record.form.trailing else reached(record, now)
            if gone_off:
                self.remove(record)
                self._fire(record)

    def _on_book(self, change: BookChange) -> None:
        self._plan(change.contract_id)

    def _on_trade(self, trade: MarketTrade) -> None:
        self._plan(trade.contract_id)

    def _plan(self, contract_id: ContractId) -> None:
        if self._waiting.get(contract_id):
            self._agenda.plan(self._world.now_ns, lambda: self.look(contract_id))


def reached(record: OrderRecord, now: Decimal) -> bool:
    """Say whether a price has come to an order's trigger."""
    assert record.trigger_price is not None, "an order that waits has a trigger"
    if record.form.trigger_direction == RISING:
        return now >= record.trigger_price
    return now <= record.trigger_price


def trails(record: OrderRecord, now: Decimal) -> bool:
    """Let a trailing stop follow a price; say whether it goes off."""
    form = record.form
    assert form.trailing is not None, "a trailing stop has a distance"
    sign = 1 if form.side is Side.SELL else -1
    if record.best_price is None:
        if form.active_price is not None and sign * (now - form.active_price) < 0:
            return False
        record.best_price = now
    if sign * (now - record.best_price) > 0:
        record.best_price = now
    record.trigger_price = record.best_price - sign * form.trailing
    return sign * (now - record.trigger_price) <= 0
