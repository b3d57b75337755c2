"""Placing, changing, cancelling and looking up orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from exchange_clients.base_models import ContractId
from venue_simulators.fapi.account_book import AccountBook
from venue_simulators.fapi.calls import Call
from venue_simulators.fapi.dead_man import DeadManSwitch
from venue_simulators.fapi.errors import (
    BAD_SYMBOL,
    CANCEL_REJECTED,
    NO_SUCH_ORDER,
    REJECTED_KEY,
    FapiError,
    invalid,
    missing,
)
from venue_simulators.fapi.filters import Filters
from venue_simulators.fapi.order_entry import EntryRules, judge, read
from venue_simulators.fapi.order_words import OrderWords
from venue_simulators.fapi.orders import (
    LIMIT,
    Asked,
    OrderRecord,
)
from venue_simulators.fapi.paging import WEEK_NS
from venue_simulators.fapi.parameters import Parameters, read_item
from venue_simulators.fapi.wording import Row, answer
from venue_simulators.wire import HttpResponse
from venue_simulators.world import Wanted, World

PLACED_AT_ONCE_MAX = 5
CANCELLED_AT_ONCE_MAX = 10
AMENDMENTS_MAX = 10_000
_SETTLES_AT_ONCE = ("IOC", "FOK", "GTX")


@dataclass(frozen=True, slots=True)
class TradingRules:
    """What venues of this dialect do differently about orders."""

    entry: EntryRules = field(default_factory=EntryRules)
    all_cancelled: Row = field(default_factory=lambda: {"code": 200, "msg": "success"})
    """The answer to the cancellation of a market's orders."""
    amend_needs_side: bool = False
    countdown_max_ms: int = 10**12
    read_delay_ns: int = 0
    """How old an order is before questions find it."""
    lists_all_markets: bool = False
    """Whether a history may be asked for without a market."""
    remembers_ns: int = WEEK_NS
    """How long an order is told of that ended without a fill."""


class TradingDesk:
    """Each method is one endpoint.

    Args:
        world: The truth.
        filters: The limits of each market.
        rules: The venue's own ways.
        switch: Cancels later, unless it is told otherwise before.
        words: How the venue speaks of orders.
    """

    def __init__(
        self,
        world: World,
        filters: Mapping[ContractId, Filters],
        rules: TradingRules,
        switch: DeadManSwitch,
        words: OrderWords,
    ) -> None:
        self._world = world
        self._filters = filters
        self._rules = rules
        self._switch = switch
        self._words = words

    # Placing --------------------------------------------------------------------------------------

    def place(self, call: Call) -> HttpResponse:
        """Place one order."""
        return answer(self._placed(call.book, call.parameters))

    def test(self, call: Call) -> HttpResponse:
        """Judge an order without placing it."""
        self._judged(call.book, call.parameters)
        return answer({})

    def place_batch(self, call: Call) -> HttpResponse:
        """Place orders one after the other; each row is an order or says why there is none."""
        rows = call.parameters.listed("batchOrders", PLACED_AT_ONCE_MAX)
        if rows is None:
            raise missing("batchOrders")
        items = [read_item(row) for row in rows]
        return answer([self._item(call.book, item) for item in items])

    def _item(self, book: AccountBook, item: Parameters) -> Row:
        try:
            return self._placed(book, item)
        except FapiError as error:
            return error.words()

    def _placed(self, book: AccountBook, fields: Parameters) -> Row:
        asked, wanted = self._judged(book, fields)
        record = book.place(asked, wanted)
        settles = asked.type == "MARKET" or asked.time_in_force in _SETTLES_AT_ONCE
        return (
            self._words.row(record)
            if asked.wants_result and settles
            else self._words.acknowledgement(record)
        )

    def _judged(self, book: AccountBook, fields: Parameters) -> tuple[Asked, Wanted]:
        if not book.trades:
            raise FapiError(REJECTED_KEY)
        asked = read(fields, self._rules.entry, book.spare_id())
        wanted = judge(asked, self._world, self._filters)
        self._check_count(book, asked)
        return asked, wanted

    def _check_count(self, book: AccountBook, asked: Asked) -> None:
        limits = self._filters[asked.symbol]
        live = book.open(asked.symbol)
        if len(live) >= limits.max_orders:
            raise FapiError(-2025)
        most = limits.max_conditional
        if asked.conditional and most is not None and sum(one.waits for one in live) >= most:
            raise FapiError(-4045)

    # Changing -------------------------------------------------------------------------------------

    def amend(self, call: Call) -> HttpResponse:
        """Give an open limit order another price and size; a refusal leaves it as it was."""
        fields = call.parameters
        if self._rules.amend_needs_side and not fields.has("side"):
            raise missing("side")
        record = self._named(call.book, fields, NO_SUCH_ORDER)
        size, price = fields.decimal("quantity"), fields.decimal("price")
        if size is None:
            raise missing("quantity")
        if price is None:
            raise missing("price")
        if not record.open:
            raise FapiError(NO_SUCH_ORDER)
        if record.asked.type != LIMIT:
            raise FapiError(-5025)
        limits = self._filters[record.asked.symbol]
        limits.check_price(price)
        limits.check_size(size, market_order=False)
        mark = self._world.prices(record.asked.symbol).mark
        limits.check_distance(price, record.asked.side, mark)
        if not record.asked.reduce_only:
            limits.check_notional(size * price)
        if (size, price) == (record.info.size, record.info.price):
            raise FapiError(-5027)
        if record.amendments >= AMENDMENTS_MAX:
            raise FapiError(-5026)
        call.book.amend(record, price, size)
        return answer(self._words.row(record))

    # Cancelling -----------------------------------------------------------------------------------

    def cancel(self, call: Call) -> HttpResponse:
        """Cancel one open order and show how it ended."""
        record = self._named(call.book, call.parameters, CANCEL_REJECTED)
        call.book.cancel(record)
        return answer(self._words.row(record))

    def cancel_batch(self, call: Call) -> HttpResponse:
        """Cancel up to ten orders of a market; each row is an order or says why not."""
        fields = call.parameters
        symbol = self._symbol(fields)
        numbers = fields.listed("orderIdList", CANCELLED_AT_ONCE_MAX)
        names = fields.listed("origClientOrderIdList", CANCELLED_AT_ONCE_MAX)
        if numbers is None and names is None:
            raise missing("orderIdList")
        rows = names if numbers is None else numbers
        assert rows is not None, "one of the two was sent"
        found = [
            call.book.find(_number(row), None)
            if numbers is not None
            else call.book.find(None, str(row))
            for row in rows
        ]
        return answer([self._cancelled(call.book, record, symbol) for record in found])

    def _cancelled(self, book: AccountBook, record: OrderRecord | None, symbol: ContractId) -> Row:
        try:
            if record is None or record.asked.symbol != symbol:
                raise FapiError(CANCEL_REJECTED)
            book.cancel(record)
        except FapiError as error:
            return error.words()
        return self._words.row(record)

    def cancel_all(self, call: Call) -> HttpResponse:
        """Cancel every open order of a market."""
        cancel_open(call.book, self._symbol(call.parameters))
        return answer(self._rules.all_cancelled)

    def countdown(self, call: Call) -> HttpResponse:
        """Cancel a market's orders after a while, unless asked again before; zero calls it off."""
        symbol = self._symbol(call.parameters)
        countdown_ms = call.parameters.whole("countdownTime", 0, self._rules.countdown_max_ms)
        if countdown_ms is None:
            raise missing("countdownTime")
        self._switch.arm(call.book, symbol, countdown_ms, self._world.now_ns)
        return answer({"symbol": symbol, "countdownTime": str(countdown_ms)})

    # Looking up -----------------------------------------------------------------------------------

    def order(self, call: Call) -> HttpResponse:
        """Answer with one order, whatever became of it."""
        record = self._seen(call)
        if forgotten(record, self._world.now_ns - self._rules.remembers_ns):
            raise FapiError(NO_SUCH_ORDER)
        return answer(self._words.told(record))

    def open_order(self, call: Call) -> HttpResponse:
        """Answer with one order as long as it is open."""
        record = self._seen(call)
        if not record.open:
            raise FapiError(NO_SUCH_ORDER)
        return answer(self._words.told(record))

    def open_orders(self, call: Call) -> HttpResponse:
        """Answer with the open orders, oldest first."""
        symbol = self._symbol(call.parameters) if call.parameters.has("symbol") else None
        until_ns = self._world.now_ns - self._rules.read_delay_ns
        return answer(
            [
                self._words.told(record)
                for record in call.book.open(symbol)
                if visible(record, until_ns)
            ]
        )

    def _seen(self, call: Call) -> OrderRecord:
        """Return the order that a question names, once it is old enough to be found."""
        record = self._named(call.book, call.parameters, NO_SUCH_ORDER)
        if not visible(record, self._world.now_ns - self._rules.read_delay_ns):
            raise FapiError(NO_SUCH_ORDER)
        return record

    def _named(self, book: AccountBook, fields: Parameters, refusal: int) -> OrderRecord:
        """Return the order that a request names by number, or else by the client's name."""
        symbol = self._symbol(fields)
        order_id = fields.whole("orderId")
        client_id = fields.text("origClientOrderId")
        if order_id is None and client_id is None:
            raise missing("orderId")
        record = book.find(order_id, client_id)
        if record is None or record.asked.symbol != symbol:
            raise FapiError(refusal)
        return record

    def _symbol(self, fields: Parameters) -> ContractId:
        symbol = ContractId(fields.required("symbol"))
        if symbol not in self._filters:
            raise FapiError(BAD_SYMBOL)
        return symbol


def cancel_open(book: AccountBook, symbol: ContractId) -> None:
    """Cancel every open order of a market."""
    for record in book.open(symbol):
        if record.open:
            book.cancel(record)


def visible(record: OrderRecord, until_ns: int) -> bool:
    """Say whether an order is older than an instant."""
    return (record.info.created_ns or 0) <= until_ns


def forgotten(record: OrderRecord, since_ns: int) -> bool:
    """Say whether an order is told of no more: ended without a fill, and older than an instant."""
    created_ns = record.info.created_ns or 0
    return not record.open and not record.filled and created_ns < since_ns


def _number(row: object) -> int:
    if isinstance(row, int) and not isinstance(row, bool):
        return row
    if isinstance(row, str) and row.isascii() and row.isdigit():
        return int(row)
    raise invalid("orderIdList")
