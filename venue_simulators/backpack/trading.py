"""Placing, cancelling and looking up live orders."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from venue_simulators.backpack.account_book import AccountBook
from venue_simulators.backpack.calls import Call
from venue_simulators.backpack.errors import Refusal, invalid_request, not_found
from venue_simulators.backpack.fields import Fields
from venue_simulators.backpack.habits import Later
from venue_simulators.backpack.order_entry import judge, read
from venue_simulators.backpack.orders import Asked, OrderRecord, order_row
from venue_simulators.backpack.public import MARKET_TYPES
from venue_simulators.backpack.wording import answer
from venue_simulators.wire import HttpResponse
from venue_simulators.world import World

BATCH_MAX = 20
CANCEL_TYPES = ("RestingLimitOrder", "ConditionalOrder")


class TradingDesk:
    """Each method is one endpoint."""

    def __init__(self, world: World, later: Later) -> None:
        self._world = world
        self._later = later

    def place(self, call: Call) -> HttpResponse:
        """Place one order; the answer shows what it has come to already."""
        return answer(order_row(self._place(call.book, read(call.body))))

    def place_batch(self, call: Call) -> HttpResponse:
        """Place orders one after the other; each row says whether its order was taken."""
        if len(call.batch) > BATCH_MAX:
            raise invalid_request(f"A batch has at most {BATCH_MAX} orders")
        # All are read before the first is placed: a batch that cannot be parsed does nothing.
        batch = [read(order) for order in call.batch]
        return answer([self._batch_row(call.book, asked) for asked in batch])

    def _batch_row(self, book: AccountBook, asked: Asked) -> dict[str, object]:
        try:
            return {"operation": "Ok", **order_row(self._place(book, asked))}
        except Refusal as refusal:
            return {"operation": "Err", **refusal.words()}

    def _place(self, book: AccountBook, asked: Asked) -> OrderRecord:
        return book.place(asked, judge(asked, self._world, book.account))

    def cancel(self, call: Call) -> HttpResponse:
        """Cancel one live order."""
        record = _named(call.book, call.body)
        if self._put_off(call.book, [record]):
            return HttpResponse(HTTPStatus.ACCEPTED)
        call.book.cancel(record)
        return answer(order_row(record))

    def cancel_all(self, call: Call) -> HttpResponse:
        """Cancel the live orders of one market, all or of one kind, and list them."""
        symbol = call.body.required("symbol")
        kind = call.body.choice("orderType", CANCEL_TYPES)
        self._check_symbol(symbol)
        chosen = [
            one
            for one in list(call.book.live.values())
            if one.asked.symbol == symbol
            and (kind is None or one.waits is (kind == "ConditionalOrder"))
        ]
        if self._put_off(call.book, chosen):
            return HttpResponse(HTTPStatus.ACCEPTED)
        for record in chosen:
            call.book.cancel(record)
        return answer([order_row(record) for record in chosen])

    def _put_off(self, book: AccountBook, records: Sequence[OrderRecord]) -> bool:
        """Cancel later if that is the venue's habit; what has ended by then is no matter."""
        if not self._later.delay_ns:
            return False

        def cancel() -> None:
            for record in records:
                if record.info.order_id in book.live:
                    book.cancel(record)

        self._later.put(self._world.now_ns, cancel)
        return True

    def order(self, call: Call) -> HttpResponse:
        """Answer with one order, as long as it is live."""
        return answer(order_row(_named(call.book, call.query)))

    def orders(self, call: Call) -> HttpResponse:
        """Answer with every live order, oldest first."""
        symbol = call.query.text("symbol")
        if symbol is not None:
            self._check_symbol(symbol)
        if call.query.choice("marketType", MARKET_TYPES) not in (None, "PERP"):
            return answer([])
        live = call.book.live.values()
        return answer([order_row(one) for one in live if symbol in (None, one.asked.symbol)])

    def _check_symbol(self, symbol: str) -> None:
        if symbol not in self._world.markets:
            raise invalid_request("Invalid symbol")


def _named(book: AccountBook, fields: Fields) -> OrderRecord:
    """Return the live order that a request names by exactly one of its names."""
    symbol = fields.required("symbol")
    order_id, client_id = fields.text("orderId"), fields.whole("clientId")
    if (order_id is None) is (client_id is None):
        raise invalid_request("Must specify exactly one of `orderId` and `clientId`")
    record = book.find(order_id, client_id)
    if record is None or record.asked.symbol != symbol:
        raise not_found()
    return record
