"""Placing and changing Binance's ordinary orders."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import TimeInForce
from venue_simulators.binance.book import BinanceBook, book_of
from venue_simulators.binance.order_form import (
    ENTRY,
    matched_price,
    reachable,
    read_order,
)
from venue_simulators.fapi.account_book import AccountBook
from venue_simulators.fapi.calls import Call
from venue_simulators.fapi.errors import NO_SUCH_ORDER, FapiError, invalid, missing
from venue_simulators.fapi.order_entry import judge, unwanted
from venue_simulators.fapi.orders import LIMIT, SIDE_WORDS, Asked, OrderRecord
from venue_simulators.fapi.parameters import Parameters, read_item
from venue_simulators.fapi.trading import (
    AMENDMENTS_MAX,
    PLACED_AT_ONCE_MAX,
    TradingDesk,
    TradingRules,
)
from venue_simulators.fapi.wording import Row, answer
from venue_simulators.wire import HttpResponse
from venue_simulators.world import Wanted

POST_ONLY_WOULD_TAKE = -5022
ALL_CANCELLED: Row = {"code": 200, "msg": "The operation of cancel all open order is done."}
THREE_DAYS_NS = 3 * 86_400 * 1_000_000_000


def trading_rules(read_delay_ns: int) -> TradingRules:
    """Return what this venue does its own way."""
    return TradingRules(
        entry=ENTRY,
        all_cancelled=ALL_CANCELLED,
        amend_needs_side=True,
        read_delay_ns=read_delay_ns,
        lists_all_markets=True,
        remembers_ns=THREE_DAYS_NS,
    )


class BinanceTrading(TradingDesk):
    """Each method is one endpoint."""

    # Placing --------------------------------------------------------------------------------------

    def _judged(self, book: AccountBook, fields: Parameters) -> tuple[Asked, Wanted]:
        asked = read_order(fields, self._world, book.spare_id(), dual_side=book.dual_side)
        wanted = judge(asked, self._world, self._filters)
        self._check_count(book, asked)
        if wanted.time_in_force is TimeInForce.FOK and reachable(self._world, wanted) < wanted.size:
            raise FapiError(-5021)
        return asked, wanted

    # Changing -------------------------------------------------------------------------------------

    def amend(self, call: Call) -> HttpResponse:
        """Give an open limit order another price and size."""
        return answer(self._amended(book_of(call), call.parameters))

    def amend_batch(self, call: Call) -> HttpResponse:
        """Change orders one after the other; each row is an order or says why not."""
        rows = call.parameters.listed("batchOrders", PLACED_AT_ONCE_MAX)
        if rows is None:
            raise missing("batchOrders")
        book = book_of(call)
        return answer([self._amended_item(book, read_item(row)) for row in rows])

    def _amended_item(self, book: BinanceBook, item: Parameters) -> Row:
        try:
            return self._amended(book, item)
        except FapiError as error:
            return error.words()

    def _amended(self, book: BinanceBook, fields: Parameters) -> Row:
        side = fields.required("side")
        record = self._named(book, fields, NO_SUCH_ORDER)
        if not record.open:
            raise FapiError(NO_SUCH_ORDER)
        if record.asked.type != LIMIT:
            raise FapiError(-5025)
        if side != SIDE_WORDS[record.asked.side]:
            raise invalid("side")
        size = fields.decimal("quantity")
        if size is None:
            raise missing("quantity")
        price = self._new_price(record, fields)
        self._check_amendment(record, fields, size, price)
        record.modify_id = fields.whole("modifyId")
        if size <= record.info.filled_size:
            book.cancel(record)
        else:
            self._change(book, record, price, size)
        return self._words.row(record)

    def _new_price(self, record: OrderRecord, fields: Parameters) -> Decimal:
        match = fields.text("priceMatch")
        price = fields.decimal("price")
        if match is not None and match != "NONE":
            if price is not None:
                raise unwanted("price")
            return matched_price(self._world, record.asked.symbol, record.asked.side, match)
        if price is None:
            raise missing("price")
        return price

    def _check_amendment(
        self, record: OrderRecord, fields: Parameters, size: Decimal, price: Decimal
    ) -> None:
        """Refuse what leaves the order as it is."""
        asked = record.asked
        if fields.flag("reduceOnly") and not asked.reduce_only:
            raise FapiError(-5047)
        if not self._world.tradable(asked.symbol):
            raise FapiError(-5024)
        limits = self._filters[asked.symbol]
        limits.check_price(price)
        limits.check_size(size, market_order=False)
        limits.check_distance(price, asked.side, self._world.prices(asked.symbol).mark)
        if not fields.flag("reduceOnly"):
            limits.check_notional(size * price)
        if (size, price) == (record.info.size, record.info.price):
            raise FapiError(-5027)
        if record.amendments >= AMENDMENTS_MAX:
            raise FapiError(-5026)

    @staticmethod
    def _change(book: BinanceBook, record: OrderRecord, price: Decimal, size: Decimal) -> None:
        """Change an order; a post-only one that would take is cancelled instead."""
        try:
            book.amend(record, price, size)
        except FapiError as error:
            if error.code != POST_ONLY_WOULD_TAKE:
                raise
            if record.open:
                book.cancel(record)
