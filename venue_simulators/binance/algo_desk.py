"""The conditional orders of all accounts: kept until their price comes, then placed as orders.

They are no orders of the world: it is looked at here whether a price was reached, whenever
something has happened. An account has at most two hundred of them over all markets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from exchange_clients.base_models import ContractId
from venue_simulators.binance.algo_form import check_algo
from venue_simulators.binance.algos import (
    CANCELED,
    EXPIRED,
    FINISHED,
    NEW,
    REJECTED,
    TRIGGERED,
    TRIGGERING,
    AlgoRecord,
    algo_data,
    child_type,
)
from venue_simulators.binance.book import BinanceBook
from venue_simulators.binance.listing import TRIGGER_PROTECT
from venue_simulators.binance.order_form import matched_price
from venue_simulators.binance.orders import NO_MATCH, BinanceAsked
from venue_simulators.fapi.account_book import HISTORY_MAX
from venue_simulators.fapi.errors import (
    CANCEL_REJECTED,
    DUPLICATE_CLIENT_ID,
    WOULD_TRIGGER,
    FapiError,
)
from venue_simulators.fapi.filters import Filters
from venue_simulators.fapi.order_entry import judge
from venue_simulators.fapi.orders import TRAILING
from venue_simulators.fapi.wording import Row, ms
from venue_simulators.world import Ticker, World

OPEN_MAX = 200
TOO_MANY = -4045
Publisher: TypeAlias = Callable[[str, str, Row], None]


class AlgoDesk:
    """Waiting conditional orders, and what became of the others.

    Args:
        world: Whose prices they wait for.
        filters: The limits of each market.
        publish: Tells an account's stream of an event.
        keeps_names: Whether the order that comes of one is called as it was.
    """

    def __init__(
        self,
        world: World,
        filters: Mapping[ContractId, Filters],
        publish: Publisher,
        *,
        keeps_names: bool,
    ) -> None:
        self._world = world
        self._filters = filters
        self._publish = publish
        self._keeps_names = keeps_names
        self._records: dict[str, dict[int, AlgoRecord]] = {}
        """By account, oldest first."""
        self._waiting: dict[int, tuple[BinanceBook, AlgoRecord]] = {}
        self._following: dict[int, tuple[BinanceBook, AlgoRecord]] = {}
        """Those whose orders are still open."""
        # Far from the numbers of ordinary orders: who takes one for the other finds nothing.
        self._number = ms(world.now_ns) - 10**12

    # Commands -------------------------------------------------------------------------------------

    def add(self, book: BinanceBook, asked: BinanceAsked) -> AlgoRecord:
        """Keep a conditional order from now on.

        Raises:
            FapiError: it is not taken.
        """
        check_algo(asked, self._world, self._filters)
        waiting = self.waiting(book)
        if len(waiting) >= OPEN_MAX:
            raise FapiError(TOO_MANY)
        if any(one.asked.client_id == asked.client_id for one in waiting):
            raise FapiError(DUPLICATE_CLIENT_ID)
        market = self._world.markets[asked.symbol]
        ticker = self._world.ticker(asked.symbol)
        if asked.type == TRAILING and asked.activation_price is None:
            asked = replace(asked, activation_price=ticker.last)
            record = self._record(asked, market.contract_id)
            record.active = True
        else:
            record = self._record(asked, market.contract_id)
            if record.activates(ticker) or (asked.type != TRAILING and record.reached(ticker)):
                raise FapiError(WOULD_TRIGGER)
        self._number = record.algo_id
        self._records.setdefault(book.account, {})[record.algo_id] = record
        self._waiting[record.algo_id] = (book, record)
        self._forget(book)
        self._tell(book, record)
        return record

    def cancel(self, book: BinanceBook, record: AlgoRecord) -> None:
        """End a waiting order.

        Raises:
            FapiError: it waits no more.
        """
        if not record.waits:
            raise FapiError(CANCEL_REJECTED)
        self._turn(book, record, CANCELED)

    # Looking up -----------------------------------------------------------------------------------

    def waiting(self, book: BinanceBook) -> list[AlgoRecord]:
        """Return an account's waiting orders, oldest first."""
        return [record for owner, record in self._waiting.values() if owner is book]

    def every(self, book: BinanceBook) -> list[AlgoRecord]:
        """Return all of an account's conditional orders, oldest first."""
        return list(self._records.get(book.account, {}).values())

    def find(
        self, book: BinanceBook, algo_id: int | None, client_id: str | None
    ) -> AlgoRecord | None:
        """Return an order by its number, or else by its name: the newest of that name."""
        records = self._records.get(book.account, {})
        if algo_id is not None:
            return records.get(algo_id)
        named = (one for one in reversed(records.values()) if one.asked.client_id == client_id)
        return next(named, None)

    # Prices ---------------------------------------------------------------------------------------

    @property
    def watches(self) -> bool:
        """Whether any order waits, or an order that came of one."""
        return bool(self._waiting or self._following)

    def look(self) -> bool:
        """See which prices were reached and which orders have ended; say whether one was placed."""
        for book, record in list(self._following.values()):
            if record.child is None or not record.child.open:
                del self._following[record.algo_id]
                self._turn(book, record, FINISHED)
        fired = False
        tickers: dict[ContractId, Ticker] = {}
        for book, record in list(self._waiting.values()):
            symbol = record.asked.symbol
            if not record.waits or not self._world.tradable(symbol):
                continue
            ticker = tickers.get(symbol) or self._world.ticker(symbol)
            tickers[symbol] = ticker
            if record.activates(ticker):
                record.active = True
                self._tell(book, record)
            if record.reached(ticker) and not _protected(record, ticker):
                self._fire(book, record)
                fired = True
        return fired

    def _fire(self, book: BinanceBook, record: AlgoRecord) -> None:
        record.triggered_ns = self._world.now_ns
        self._turn(book, record, TRIGGERING)
        try:
            child = self._child(book, record)
            if child is None:
                self._turn(book, record, EXPIRED)
                return
            wanted = judge(child, self._world, self._filters)
            # Between two positions the engine, which nets them, must not judge what reduces.
            wanted = replace(wanted, reduce_only=child.reduce_only)
            record.child = book.place(child, wanted)
        except FapiError as error:
            record.reason = error.message
            self._turn(book, record, REJECTED)
            return
        self._following[record.algo_id] = (book, record)
        self._turn(book, record, TRIGGERED)

    def _child(self, book: BinanceBook, record: AlgoRecord) -> BinanceAsked | None:
        """Return the order that comes of one; None where there is no position to close."""
        asked = record.asked
        size, price = asked.quantity, asked.price
        if size is None:
            size = book.closable(asked.symbol, asked.position_side, asked.side)
            if not size:
                return None
        if asked.price_match != NO_MATCH:
            price = matched_price(self._world, asked.symbol, asked.side, asked.price_match)
        one_way = not book.dual_side
        return replace(
            asked,
            type=child_type(asked),
            client_id=asked.client_id if self._keeps_names else book.spare_id(),
            quantity=size,
            price=price,
            reduce_only=one_way and (asked.reduce_only or asked.close_position),
            stop_price=None,
            activation_price=None,
            callback_rate=None,
        )

    # Inside ---------------------------------------------------------------------------------------

    def _record(self, asked: BinanceAsked, symbol: ContractId) -> AlgoRecord:
        now_ns = self._world.now_ns
        market = self._world.markets[symbol]
        return AlgoRecord(self._number + 1, asked, market, now_ns, updated_ns=now_ns)

    def _turn(self, book: BinanceBook, record: AlgoRecord, state: str) -> None:
        record.state, record.updated_ns = state, self._world.now_ns
        self._waiting.pop(record.algo_id, None)
        self._tell(book, record)

    def _tell(self, book: BinanceBook, record: AlgoRecord) -> None:
        data: Row = {"T": ms(record.updated_ns), "o": algo_data(record)}
        self._publish(book.account, "ALGO_UPDATE", data)

    def _forget(self, book: BinanceBook) -> None:
        records = self._records[book.account]
        if len(records) > HISTORY_MAX:
            oldest = next((one for one in records.values() if one.state != NEW), None)
            if oldest is not None:
                del records[oldest.algo_id]


def _protected(record: AlgoRecord, ticker: Ticker) -> bool:
    """Say whether a trigger is held back because mark and last price are far apart."""
    apart = abs(ticker.mark - ticker.last)
    return record.asked.price_protect and apart > ticker.last * TRIGGER_PROTECT
