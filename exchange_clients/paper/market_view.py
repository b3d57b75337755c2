"""The markets of one paper exchange in the words of the client contract."""

from __future__ import annotations

from decimal import Decimal
from difflib import get_close_matches

from exchange_clients.base_models import NS, ContractId, LeverageInfo
from exchange_clients.errors import ClientConfigError, StaleData
from exchange_clients.paper.common import normalize_symbol
from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.paper.market import PaperMarket


class MarketView:
    """Markets by name, and their prices as long as these are sound and recent.

    Args:
        exchange: The venue.
        venue: Its name in errors.
        max_book_age_s: Older prices are stale.
    """

    def __init__(self, exchange: PaperExchange, venue: str, max_book_age_s: float) -> None:
        self._exchange = exchange
        self._venue = venue
        self._max_book_age_s = max_book_age_s

    def of_contract(self, contract_id: ContractId) -> PaperMarket:
        """Return the market of a contract.

        Raises:
            ClientConfigError: it is not listed; names near ones.
        """
        market = self._exchange.markets.get(contract_id)
        if market is None:
            listed = list(self._exchange.markets)
            near = get_close_matches(contract_id, listed) or listed
            raise ClientConfigError(
                f"contract {contract_id} is not listed on {self._venue}; near: {', '.join(near)}"
            )
        return market

    def find(self, symbol: str) -> PaperMarket | None:
        """Return the market of a plain symbol or of a contract's name, None where there is none."""
        known = self._exchange.markets.get(ContractId(symbol))
        if known is not None:
            return known
        wanted = normalize_symbol(symbol)
        markets = self._exchange.markets.values()
        return next((market for market in markets if market.spec.symbol == wanted), None)

    def of_symbol(self, symbol: str) -> PaperMarket:
        """Return the market of a plain symbol.

        Raises:
            ClientConfigError: it is not listed; names near ones.
        """
        return self.find(symbol) or self.of_contract(ContractId(symbol))

    def best_prices(self, contract_id: ContractId, now_ns: int) -> tuple[Decimal, Decimal]:
        """Return the exact (best bid, best ask).

        Raises:
            StaleData: the book is not ready, or too old.
        """
        market = self.of_contract(contract_id)
        if not market.ready or market.best is None or market.heard_ns is None:
            raise StaleData(f"the book of {contract_id} on {self._venue} is not ready")
        age_s = (now_ns - market.heard_ns) / NS
        if age_s > self._max_book_age_s:
            raise StaleData(
                f"the book of {contract_id} on {self._venue} is {age_s:.1f} s old, more than "
                f"max_book_age_s {self._max_book_age_s:g}"
            )
        # Orders match on the tick, whatever a recording tells between two ticks.
        spec, best = market.spec, market.best
        bid, ask = (spec.nearest_tick(spec.price_of(price)) for price in (best.bid, best.ask))
        if not 0 < bid < ask:
            raise StaleData(
                f"the book of {contract_id} on {self._venue} is crossed on its tick: "
                f"bid {bid}, ask {ask}"
            )
        return bid, ask

    def leverage_info(self, symbol: str) -> LeverageInfo:
        """Return the leverage rules of a market; max_notional is None where nothing limits it."""
        market = self.find(symbol)
        if market is None:
            return LeverageInfo(None, None, None, error=f"{symbol} is not listed on {self._venue}")
        schedule = self._exchange.margin.schedules[market.contract_id]
        return LeverageInfo(
            max_leverage=schedule.max_leverage,
            max_notional=None,
            margin_requirement=Decimal(1) / schedule.max_leverage,
            brackets=schedule.brackets,
        )
