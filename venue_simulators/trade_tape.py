"""The public trades of one contract: the source's and our own in one row of numbers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from decimal import Decimal

from exchange_clients.base_models import Side, TradeId
from exchange_clients.events import PublicTrade
from exchange_clients.paper.market import PaperMarket
from exchange_clients.paper.orders import Trade
from exchange_clients.paper.reports import trade_name
from venue_simulators.candles import CandleTable
from venue_simulators.world_values import MarketTrade, TradeListener

TRADES_KEPT = 1000


class TradeTape:
    """Numbers trades as they happen, keeps the latest and tells of each.

    Args:
        market: The truth.
        candles: Told of each trade too.
        number: Of the trade before the first.
        soon: Does something once the engine has reported all that belongs to a match.
    """

    def __init__(
        self,
        market: PaperMarket,
        candles: CandleTable,
        number: int,
        soon: Callable[[Callable[[], None]], None],
    ) -> None:
        self._market = market
        self._candles = candles
        self._number = number
        self._soon = soon
        self._latest: deque[MarketTrade] = deque(maxlen=TRADES_KEPT)
        self._numbers: dict[TradeId, int] = {}
        """Public numbers of own trades by the engine's names, until their fills are told."""
        self.listeners: list[TradeListener] = []

    def on_public(self, trade: PublicTrade) -> None:
        """Take in a trade of the source."""
        spec = self._market.spec
        size = max(spec.size_of(trade.size), spec.step)
        told = self._keep(spec.price_of(trade.price), size, trade.aggressor, trade.local_ns)
        self._tell(told)

    def on_own(self, trade: Trade) -> None:
        """Take in a match that involves an order of ours."""
        grid = self._market.grid
        price, size = grid.price(trade.ticks), grid.size(trade.lots)
        told = self._keep(price, size, trade.aggressor, trade.at_ns)
        for order, resting in ((trade.maker, True), (trade.taker, False)):
            if order is not None:
                name = trade_name(self._market.contract_id, trade, resting=resting)
                self._numbers[name] = told.number
        # Listeners may act, which the engine forbids from within its report.
        self._soon(lambda: self._tell(told))

    def number_of(self, name: TradeId) -> int:
        """Return the public number of an own trade, once for each of its fills."""
        return self._numbers.pop(name)

    def latest(self, limit: int) -> Sequence[MarketTrade]:
        """Return at most ``limit`` trades, newest last."""
        return list(self._latest)[-limit:] if limit > 0 else []

    def last_price(self) -> Decimal | None:
        """Return the price of the last trade, None before the first."""
        return self._latest[-1].price if self._latest else None

    def _keep(self, price: Decimal, size: Decimal, aggressor: Side, at_ns: int) -> MarketTrade:
        self._number += 1
        contract_id = self._market.contract_id
        trade = MarketTrade(contract_id, self._number, price, size, aggressor, at_ns)
        self._latest.append(trade)
        self._candles.add(trade)
        return trade

    def _tell(self, trade: MarketTrade) -> None:
        for listener in self.listeners:
            listener(trade)
