"""What anyone may ask: the time, markets, books, trades, candles, tickers and settled rates."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from exchange_clients.base_models import ContractId
from venue_simulators.paper import asked
from venue_simulators.paper.pages import page
from venue_simulators.paper.refusals import Refusal, bad_request
from venue_simulators.paper.rows import (
    Row,
    candle_row,
    levels,
    market_row,
    rate_row,
    ticker_row,
    trade_row,
)
from venue_simulators.world import World

CANDLE_SECONDS: Mapping[str, int] = {
    "1m": 60,
    "5m": 300,
    "15m": 900,
    "1h": 3_600,
    "4h": 14_400,
    "1d": 86_400,
}
CANDLES_MAX = 1_000


def unlisted(contract_id: ContractId) -> Refusal:
    """Return the refusal to speak of a market that there is not."""
    return Refusal("unknown_market", f"{contract_id} is not listed")


class PublicDesk:
    """Each method answers one path.

    Args:
        world: What is asked about.
        interval_hours: How often funding is settled.
    """

    def __init__(self, world: World, interval_hours: Decimal) -> None:
        self._world = world
        self._interval_hours = interval_hours

    def time(self, query: asked.Asked) -> Row:
        """Answer ``GET /time``."""
        del query
        return {"time": self._world.now_ns}

    def markets(self, query: asked.Asked) -> Row:
        """Answer ``GET /markets``."""
        del query
        world = self._world
        rows = [
            market_row(each, self._interval_hours, tradable=world.tradable(each.contract_id))
            for each in world.markets.values()
        ]
        return {"rows": rows}

    def book(self, query: asked.Book) -> Row:
        """Answer ``GET /book``."""
        return book_row(self._world, self._listed(query.market), query.levels)

    def trades(self, query: asked.Trades) -> Row:
        """Answer ``GET /trades``, oldest first."""
        trades = self._world.trades(self._listed(query.market), query.limit)
        return {"rows": [trade_row(each) for each in trades]}

    def candles(self, query: asked.Candles) -> Row:
        """Answer ``GET /candles``, oldest first, as many as one answer holds."""
        seconds = CANDLE_SECONDS.get(query.interval)
        if seconds is None:
            raise bad_request(f"interval must be one of {', '.join(CANDLE_SECONDS)}")
        end_ns = min(query.end, query.start + CANDLES_MAX * seconds * 1_000_000_000)
        found = self._world.candles(self._listed(query.market), seconds, query.start, end_ns)
        return {"rows": [candle_row(each) for each in found]}

    def tickers(self, query: asked.MaybeMarket) -> Row:
        """Answer ``GET /tickers``; a market without a price has none."""
        world = self._world
        chosen = world.markets if query.market is None else [self._listed(query.market)]
        priced = [each for each in chosen if has_price(world, each)]
        return {"rows": [ticker_row(world.ticker(each)) for each in priced]}

    def settled(self, query: asked.Span) -> Row:
        """Answer ``GET /funding``, page by page."""
        rates = self._world.funding_rates(self._listed(query.market), query.start, query.end)
        return page([(each.at_ns, rate_row(each)) for each in rates], query.cursor, query.limit)

    def _listed(self, contract_id: ContractId) -> ContractId:
        if contract_id not in self._world.markets:
            raise unlisted(contract_id)
        return contract_id


def book_row(world: World, contract_id: ContractId, depth: int | None = None) -> Row:
    """Return a book and the number of its last update."""
    view, number = world.depth(contract_id, depth)
    return {
        "market": contract_id,
        "number": number,
        "bids": levels(view.bids),
        "asks": levels(view.asks),
        "time": world.now_ns,
    }


def has_price(world: World, contract_id: ContractId) -> bool:
    """Say whether a market shows any price."""
    bid, ask, _ = world.best(contract_id)
    return bid is not None or ask is not None
