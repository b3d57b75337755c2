"""Which feed speaks on which channel."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import NS
from venue_simulators.agenda import Agenda
from venue_simulators.edgex.listing import Contract
from venue_simulators.edgex.public_api import PublicApi
from venue_simulators.edgex.public_feeds import (
    Depth,
    Klines,
    PublicFeed,
    Rows,
    Samples,
    Still,
    Trades,
)
from venue_simulators.edgex.rates import MINUTE_NS
from venue_simulators.edgex.topics import Topic
from venue_simulators.edgex.wording import Words, ms, on_grid


class FeedMaker:
    """Makes the feed of a channel."""

    def __init__(self, api: PublicApi, agenda: Agenda) -> None:
        self._api = api
        self._agenda = agenda

    def make(self, topic: Topic) -> PublicFeed:
        """Return a new feed."""
        api = self._api
        match topic.kind:
            case "ticker":
                return Samples(lambda: self._tickers(topic), api, self._agenda, NS)
            case "fundingRate":
                return Samples(lambda: self._rates(topic), api, self._agenda, MINUTE_NS, whole=True)
            case "metadata":
                return Still(lambda: [api.metadata_words()])
        if topic.contract is None:
            return Samples(self._all_best, api, self._agenda, NS, whole=True)
        return self._of_one(topic, topic.contract)

    def _of_one(self, topic: Topic, contract: Contract) -> PublicFeed:
        match topic.kind:
            case "depth":
                return Depth(contract, self._api.world, int(topic.detail[0]))
            case "trades":
                return Trades(contract, self._api.world)
            case "kline":
                return Klines(contract, self._api, self._agenda, topic.detail)
        # A best price alone is told once and then, as was seen, never again.
        return Still(lambda: [self._best(contract)])

    def _concerned(self, topic: Topic) -> list[Contract]:
        return [topic.contract] if topic.contract else list(self._api.venue.contracts.values())

    def _tickers(self, topic: Topic) -> Rows:
        return [self._ticker(contract) for contract in self._concerned(topic)]

    def _ticker(self, contract: Contract) -> Words:
        """Return a ticker with the best prices, which REST lacks; an empty side is ""."""
        api, name = self._api, contract.contract_id
        words = api.ticker_words(contract)
        if api.venue.terms.documents_spelling:
            return words | {
                "price": words["lastPrice"],
                "open24h": words["open"],
                "volume24h": words["size"],
            }
        bid, ask, _ = api.world.best(name)
        return words | {
            "bestBidPrice": on_grid(bid[0], contract.market.tick) if bid else "",
            "bestAskPrice": on_grid(ask[0], contract.market.tick) if ask else "",
            "marketOpen": api.world.tradable(name),
        }

    def _rates(self, topic: Topic) -> Rows:
        return [self._api.rate_words(contract) for contract in self._concerned(topic)]

    def _all_best(self) -> Rows:
        return [self._best(contract) for contract in self._api.venue.contracts.values()]

    def _best(self, contract: Contract) -> Words:
        bid, ask, _ = self._api.world.best(contract.contract_id)
        return {
            "contractId": contract.contract_id,
            "contractName": contract.name,
            "time": ms(self._api.world.now_ns),
            **_side("Bid", bid, contract),
            **_side("Ask", ask, contract),
        }


def _side(word: str, best: tuple[Decimal, Decimal] | None, contract: Contract) -> Words:
    """Return the price and size of a side; of an empty one both are zero."""
    price, size = best or (None, None)
    market = contract.market
    return {
        f"best{word}Price": "0" if price is None else on_grid(price, market.tick),
        f"best{word}Size": "0" if size is None else on_grid(size, market.step),
    }
