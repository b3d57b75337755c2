"""All that a world says of one contract: its book, trades, candles, ticker and rates."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import NS, ContractId, Reason
from exchange_clients.events import BestBidOffer, StreamSignal
from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.paper.market import PaperMarket
from venue_simulators.candles import HISTORY_NS, CandleTable
from venue_simulators.chance import fraction, wander
from venue_simulators.living_funding import LivingFunding
from venue_simulators.trade_tape import TradeTape
from venue_simulators.world_book import PublishedBook
from venue_simulators.world_values import FundingRate, Outcome, Prices, Ticker, Wanted

Admits: TypeAlias = Callable[[Wanted], Reason | None]
"""Tells why an order is refused, None where it is not."""
INDEX_BASIS = Decimal("0.0001")
"""How far the index stands below the mark, as a fraction: the two are never the same number."""
_OPEN_INTEREST_USD = 5_000_000.0
_PREMIUM_PERIOD_NS = 20 * 60 * NS
_OPEN_INTEREST_PERIOD_NS = 3600 * NS


class MarketWords:
    """One contract of a world.

    Args:
        exchange: The exchange it belongs to.
        market: Its market there.
        book_interval_ns: How often changes of the book are published at most.
        plan: Told the instant at which the book is to be published.
        soon: Does something once the engine has reported all that belongs to a match.
    """

    def __init__(
        self,
        exchange: PaperExchange,
        market: PaperMarket,
        book_interval_ns: int,
        plan: Callable[[int], None],
        soon: Callable[[Callable[[], None]], None],
    ) -> None:
        self._exchange = exchange
        self._market = market
        self._start_ns = start_ns = exchange.source.info.start_ns
        self._seed = exchange.config.seed
        self._lives = isinstance(exchange.config.funding.rule, LivingFunding)
        self._open_share = 1 + fraction(self._seed, market.contract_id, "open interest")
        """What others hold of the market, as a multiple of the least."""
        self.tradable = True
        self.admits: Admits = lambda _: None
        """Asked of each order whether it is refused, and why."""
        self.mark_shown = Decimal(1)
        """By what the mark is multiplied where it is told beside the book."""
        self.candles = CandleTable(market.spec, self._seed, start_ns)
        self.book = PublishedBook(market, book_interval_ns, plan)
        self.tape = TradeTape(market, self.candles, start_ns // 1_000_000, soon)
        market.depth_listeners.append(self.book.on_depth)
        market.quote_listeners.append(self._on_quote)
        market.own_trade_listeners += [self.book.on_trade, self.tape.on_own]
        market.trade_listeners.append(self.tape.on_public)
        exchange.add_signal_listener(self._on_signal)

    @property
    def contract_id(self) -> ContractId:
        """The contract."""
        return self._market.contract_id

    def refusal(self, order: Wanted | None) -> Outcome | None:
        """Return why nothing, or not this order, is taken; None where it is."""
        name = self.contract_id
        if not self.tradable:
            return Outcome(None, Reason.MARKET_UNAVAILABLE, f"{name} is halted")
        reason = None if order is None else self.admits(order)
        return None if reason is None else Outcome(None, reason, f"{name} takes no such order now")

    def _on_quote(self, quote: BestBidOffer) -> None:
        if self._market.book is None:
            self.book.touch_all(quote.local_ns)
        self._begin_candles()

    def _on_signal(self, signal: StreamSignal) -> None:
        if signal.contract_id in (None, self.contract_id):
            self.book.touch_all(signal.local_ns)

    def _begin_candles(self) -> None:
        mark = None if self.candles.begun else self.mark()
        if mark is not None:
            self.candles.begin_at(mark)

    def mark(self) -> Decimal | None:
        """Return the mark price, None before the first."""
        mark = self._market.mark()
        return None if mark is None else mark * self._market.spec.tick / 2

    def _distorted(self, mark: Decimal) -> Decimal:
        return self._market.spec.nearest_tick(mark * self.mark_shown)

    def known_mark(self) -> Decimal:
        """Return the mark price; there has been one."""
        mark = self.mark()
        assert mark is not None, f"{self.contract_id} has had no price yet: give the source one"
        return mark

    def prices(self, now_ns: int) -> Prices:
        """Return mark and index as they are told."""
        mark = self.known_mark()
        index = self._market.spec.nearest_tick(mark * (1 - self._premium(now_ns)))
        return Prices(mark if self.mark_shown == 1 else self._distorted(mark), index)

    def ticker(self, now_ns: int) -> Ticker:
        """Return the state of the market; there has been a price."""
        mark = self.known_mark()
        self.candles.begin_at(mark)
        prices, day = self.prices(now_ns), self.candles.day(now_ns)
        last = self.tape.last_price()
        coming = self._exchange.funding.announced(self.contract_id, now_ns)
        assert coming.next_funding_ns is not None, "the engine settles at instants"
        return Ticker(
            contract_id=self.contract_id,
            mark=prices.mark,
            index=prices.index,
            last=day.close if last is None else last,
            open_24h=day.open,
            high_24h=day.high,
            low_24h=day.low,
            volume_24h=day.volume,
            quote_volume_24h=day.quote_volume,
            trades_24h=day.trades,
            open_interest=self._open_interest(mark, now_ns),
            funding_rate=coming.rate,
            funding_interval_hours=coming.interval_hours,
            next_funding_ns=coming.next_funding_ns,
        )

    def _premium(self, now_ns: int) -> Decimal:
        """Return how far the mark stands above the index, as a fraction; below it when negative."""
        if not self._lives:
            return INDEX_BASIS
        swing = 3 * self._swing(now_ns, _PREMIUM_PERIOD_NS, "premium")
        return INDEX_BASIS * (1 + Decimal(str(round(swing, 3))))

    def _swing(self, now_ns: int, period_ns: int, name: str) -> float:
        """Return how far a figure has gone to one side of its mean; zero where nothing moves."""
        return wander(now_ns, period_ns, self._seed, self.contract_id, name) if self._lives else 0.0

    def _open_interest(self, mark: Decimal, now_ns: int) -> Decimal:
        """Return what others hold, made up, and the long positions of our accounts."""
        share = self._open_share
        share *= 1 + 0.4 * self._swing(now_ns, _OPEN_INTEREST_PERIOD_NS, "open interest")
        others = self._market.spec.size_of(_OPEN_INTEREST_USD * share / float(mark))
        held = (
            account.lots(self.contract_id) for account in self._exchange.ledger.accounts.values()
        )
        return others + self._market.grid.size(sum(max(lots, 0) for lots in held))

    def funding_rates(self, start_ns: int, end_ns: int) -> list[FundingRate]:
        """Return settled rates in [start, end), oldest first; the rule also made those before."""
        terms = self._exchange.config.funding
        settled = self._exchange.funding.settled[self.contract_id]
        rates = [
            (row.next_funding_ns, row.rate, row.interval_hours)
            for row in settled
            if row.next_funding_ns
        ]
        first_ns = max(start_ns, self._start_ns - HISTORY_NS)
        at_ns = terms.next_settlement_ns(first_ns - 1)
        past = []
        while at_ns < min(end_ns, self._start_ns + 1):
            rate = terms.rule.rate(self.contract_id, at_ns)
            past.append((at_ns, rate, terms.interval_hours))
            at_ns += terms.interval_ns
        return [
            FundingRate(self.contract_id, rate, hours, at_ns)
            for at_ns, rate, hours in [*past, *rates]
            if start_ns <= at_ns < end_ns
        ]
