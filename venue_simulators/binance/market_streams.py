"""Binance's public streams, where they differ from the dialect's.

Streams of all markets speak of COIN-M's too. The best prices of all are told every five seconds,
and of the liquidations of a second each market tells the largest alone.
"""

from __future__ import annotations

from exchange_clients.base_models import ContractId
from venue_simulators.binance.market_words import BinanceMarketWords, coin_margined
from venue_simulators.binance.topics import LIQUIDATION_SPEED_NS, TRADE
from venue_simulators.fapi import topics
from venue_simulators.fapi.hidden import Shown
from venue_simulators.fapi.hub import Hub
from venue_simulators.fapi.market_streams import MarketStreams
from venue_simulators.fapi.topics import Topic
from venue_simulators.world import MarketTrade, PublicLiquidation, World


class BinanceStreams(MarketStreams):
    """Turns what happens in the markets into events for those who listen."""

    lists_worst_bids_first = False

    def __init__(self, world: World, words: BinanceMarketWords, shown: Shown, hub: Hub) -> None:
        self._largest: dict[ContractId, PublicLiquidation] = {}
        """Of the second that runs."""
        self._own_words = words
        super().__init__(world, words, shown, hub)

    # At once --------------------------------------------------------------------------------------

    def _tell_best(self, contract_id: ContractId, at_ns: int) -> None:
        name = f"{contract_id.lower()}@{topics.BEST}"
        if not self._hub.heard(name):
            return
        bid, ask, number = self._shown.best(contract_id)
        if bid is None or ask is None or self._told_best.get(contract_id) == (bid, ask):
            return
        self._told_best[contract_id] = (bid, ask)
        market = self._world.markets[contract_id]
        self._hub.publish(name, self._words.best_data(market, (bid, ask), number, at_ns))

    def _on_trade(self, trade: MarketTrade) -> None:
        super()._on_trade(trade)
        name = f"{trade.contract_id.lower()}@{TRADE}"
        if self._hub.heard(name):
            market = self._world.markets[trade.contract_id]
            data = self._own_words.trade_data(market, trade, self._world.now_ns)
            self._hub.publish(name, data)

    def _on_liquidation(self, event: PublicLiquidation) -> None:
        known = self._largest.get(event.contract_id)
        # Where nobody listens nothing is told, and what is left is of a second long past.
        old = known is not None and _second(known) < _second(event)
        if known is None or old or event.size > known.size:
            self._largest[event.contract_id] = event

    # At fixed instants ----------------------------------------------------------------------------

    def tell(self, now_ns: int) -> None:
        """Let every stream speak whose instant this is."""
        super().tell(now_ns)
        if now_ns % LIQUIDATION_SPEED_NS == 0:
            self._largest.clear()

    def _tell_topic(self, topic: Topic, now_ns: int) -> None:
        if topic.kind == topics.LIQUIDATION:
            self._tell_liquidations(topic, now_ns)
        elif topic.kind == topics.BEST:
            self._tell_every_best(topic, now_ns)
        elif topic.contract_id is None:
            rows = [self._row(topic, one, now_ns) for one in self._world.markets]
            self._hub.publish(topic.name, [*rows, *(coin_margined(row) for row in rows[:1])])
        else:
            super()._tell_topic(topic, now_ns)

    def _tell_every_best(self, topic: Topic, now_ns: int) -> None:
        """Tell the best prices of every market, and of one of COIN-M's."""
        rows = []
        for contract_id, market in self._world.markets.items():
            bid, ask, number = self._shown.best(contract_id)
            if bid is not None and ask is not None:
                rows.append(self._words.best_data(market, (bid, ask), number, now_ns))
        for row in [*rows, *(coin_margined(row) for row in rows[:1])]:
            self._hub.publish(topic.name, row)

    def _tell_liquidations(self, topic: Topic, now_ns: int) -> None:
        for contract_id, event in self._largest.items():
            market = self._world.markets[contract_id]
            if topic.contract_id is None:
                data = self._own_words.any_liquidation_data(market, event, now_ns)
                self._hub.publish(topic.name, data)
            elif topic.contract_id == contract_id:
                data = self._own_words.liquidation_data(market, event, now_ns)
                self._hub.publish(topic.name, data)


def _second(event: PublicLiquidation) -> int:
    return event.at_ns // LIQUIDATION_SPEED_NS
