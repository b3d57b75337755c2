"""Placing, cancelling and amending orders, over REST and over WebSocket alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial

from exchange_clients.base_models import NS, Side
from venue_simulators.agenda import Agenda
from venue_simulators.okx.account_book import AccountBook
from venue_simulators.okx.calls import Call
from venue_simulators.okx.errors import (
    ItemError,
    OkxError,
    parameter_empty,
    parameter_error,
)
from venue_simulators.okx.fields import Fields
from venue_simulators.okx.listing import LIMIT_MAX, Instrument, Listing
from venue_simulators.okx.lookup import find_order, instrument_of
from venue_simulators.okx.order_form import (
    MARGIN_MODES,
    check_band,
    check_closing,
    check_size,
    check_tick,
    judge,
    read,
    read_pos_side,
)
from venue_simulators.okx.orders import (
    AUTO_CANCEL,
    Amendment,
    Asked,
    OrderRecord,
)
from venue_simulators.okx.terms import OkxTerms
from venue_simulators.okx.wording import Row, ms
from venue_simulators.world import World

PURGE_NS = 2 * 3600 * NS
"""How long an order that was cancelled without a fill can be asked for."""
TIMER_MIN_S, TIMER_MAX_S = 10, 120
DAY_NS = 86_400 * NS


class TradingApi:
    """Each public method is one endpoint; those of items return a row for each of them.

    Args:
        world: Where orders trade.
        listing: The instruments.
        agenda: Where the timers of cancel-all-after stand.
        terms: What this venue does where it may do either.
    """

    def __init__(self, world: World, listing: Listing, agenda: Agenda, terms: OkxTerms) -> None:
        self._world = world
        self._listing = listing
        self._agenda = agenda
        self._terms = terms
        self._timers: dict[str, int] = {}
        """The instant of each account's dead-man switch."""

    # Placing --------------------------------------------------------------------------------------

    def place(self, call: Call) -> list[Row]:
        """Place orders one after the other."""
        if "trade" not in call.book.rights:
            raise OkxError("50120", "This API key doesn't have permission to use this function.")
        return [self._item(item, partial(self._place, call, item)) for item in call.items]

    def _place(self, call: Call, item: Fields) -> Row:
        asked = read(item, instrument_of(self._listing, item), call.book)
        wanted = judge(asked, self._world, call.book, call.expires_ms)
        self.take_lever(call.book, asked.instrument, asked.td_mode)
        record = call.book.place(asked, wanted)
        return {"ordId": record.ord_id, "tag": asked.tag}

    def take_lever(self, book: AccountBook, instrument: Instrument, td_mode: str) -> None:
        """Let the world reckon with the leverage of the margin mode that is traded in."""
        lever = book.levers.get((instrument.inst_id, td_mode))
        if lever is not None and lever != self._world.leverage(book.account, instrument.inst_id):
            self._world.set_leverage(book.account, instrument.inst_id, lever)

    # Cancelling -----------------------------------------------------------------------------------

    def cancel(self, call: Call) -> list[Row]:
        """Cancel orders one after the other."""
        return [self._item(item, partial(self._cancel, call, item)) for item in call.items]

    def _cancel(self, call: Call, item: Fields) -> Row:
        record = self._record_of(call.book, item, "51400")
        if record.ended:
            code = "51402" if record.state == "filled" else "51401"
            done = "completed" if record.state == "filled" else "already canceled"
            raise ItemError(code, f"Cancellation failed as the order is {done}.")
        call.book.cancel(record)
        return {"ordId": record.ord_id, "clOrdId": record.asked.cl_ord_id}

    def cancel_all_after(self, call: Call) -> Sequence[object]:
        """Set the dead-man switch, or take it away with 0; it cancels every pending order."""
        timeout_s = call.fields.whole("timeOut")
        if timeout_s is None:
            raise parameter_empty("timeOut")
        if timeout_s and not TIMER_MIN_S <= timeout_s <= TIMER_MAX_S:
            raise parameter_error("timeOut")
        now_ns = self._world.now_ns
        at_ns = now_ns + timeout_s * NS
        self._timers.pop(call.book.account, None)
        if timeout_s:
            self._timers[call.book.account] = at_ns
            self._agenda.plan(at_ns, lambda: self._time_is_up(call.book, at_ns))
        trigger = ms(at_ns) if timeout_s else "0"
        return [{"triggerTime": trigger, "tag": call.fields.text("tag") or "", "ts": ms(now_ns)}]

    def _time_is_up(self, book: AccountBook, at_ns: int) -> None:
        if self._timers.get(book.account) != at_ns:
            return
        del self._timers[book.account]
        for record in book.pending():
            if not record.ended:
                book.cancel(record, AUTO_CANCEL)

    # Amending -------------------------------------------------------------------------------------

    def amend(self, call: Call) -> list[Row]:
        """Change orders one after the other."""
        return [self._item(item, partial(self._amend, call, item)) for item in call.items]

    def _amend(self, call: Call, item: Fields) -> Row:
        record = self._record_of(call.book, item, "51503")
        price, contracts = item.positive("newPx"), item.positive("newSz")
        request_id = item.text("reqId") or ""
        if record.ended:
            code = "51510" if record.state == "filled" else "51509"
            raise ItemError(code, "Order modification failed as the order has ended.")
        if price is None and contracts is None:
            raise ItemError("51500", "You must enter a price, quantity, or TP/SL")
        instrument = record.asked.instrument
        size = None if contracts is None else contracts * instrument.unit
        self._check_change(call.book, record, price, size)
        row: Row = {
            "ordId": record.ord_id,
            "clOrdId": record.asked.cl_ord_id,
            "reqId": request_id,
        }
        try:
            call.book.amend(record, price, size, Amendment(request_id, "0"))
        except ItemError as error:
            self._amend_failed(call.book, record, item, error)
            if not self._terms.amends_fail_later:
                raise
        return row

    def _check_change(
        self,
        book: AccountBook,
        record: OrderRecord,
        price: Decimal | None,
        size: Decimal | None,
    ) -> None:
        instrument = record.asked.instrument
        if size is not None:
            check_size(size, instrument, LIMIT_MAX)
            check_closing(record.asked, size - record.size, book)
        if price is not None:
            check_tick(price, instrument, "newPx")
            mark = self._world.prices(instrument.inst_id).mark
            check_band(price, record.asked.side, instrument, mark)

    def _amend_failed(
        self, book: AccountBook, record: OrderRecord, item: Fields, error: ItemError
    ) -> None:
        cancels = item.flag("cxlOnFail")
        amendment = Amendment(
            item.text("reqId") or "",
            "1" if cancels else "-1",
            "1",
            error.code,
            error.message,
        )
        book.tell_failed_amendment(record, amendment)
        if cancels:
            book.cancel(record)

    # Closing --------------------------------------------------------------------------------------

    def close_position(self, call: Call) -> Sequence[object]:
        """Close a position at the market; pending orders stand in the way unless they may go."""
        instrument = instrument_of(self._listing, call.fields)
        mode = call.fields.required_choice("mgnMode", MARGIN_MODES)
        pos_side = read_pos_side(call.fields, call.book)
        leg = call.book.positions.legs.get((instrument.inst_id, pos_side))
        if leg is None or leg.margin_mode != mode:
            raise OkxError("51023", "Position does not exist.")
        side = Side.SELL if leg.net > 0 else Side.BUY
        closing = [
            one
            for one in call.book.pending(instrument.inst_id)
            if one.asked.side is side and (one.asked.reduce_only or one.asked.closes)
        ]
        if closing and not call.fields.flag("autoCxl"):
            raise OkxError("51134", "Closing position failed. Check your holdings and orders.")
        for record in closing:
            call.book.cancel(record)
        asked = Asked(
            instrument,
            mode,
            side,
            pos_side,
            "market",
            abs(leg.net),
            None,
            cl_ord_id=call.fields.text("clOrdId") or "",
            reduce_only=not call.book.long_short,
            closes=call.book.long_short,
        )
        try:
            call.book.place(asked, judge(asked, self._world, call.book, None))
        except ItemError as error:
            raise OkxError(error.code, error.message) from None
        return [
            {
                "instId": instrument.inst_id,
                "posSide": pos_side,
                "clOrdId": asked.cl_ord_id,
                "tag": call.fields.text("tag") or "",
            }
        ]

    # Inside ---------------------------------------------------------------------------------------

    def _record_of(self, book: AccountBook, fields: Fields, code: str) -> OrderRecord:
        record = find_order(self._listing, book, fields)
        if record is None:
            raise ItemError(code, "The order has been filled, canceled or does not exist.")
        return record

    def _item(self, item: Fields, work: Callable[[], Row]) -> Row:
        """Return the row of one item: what came of it, or why it was refused."""
        named: Row = {"ordId": _echo(item, "ordId"), "clOrdId": _echo(item, "clOrdId")}
        stamp: Row = {"ts": ms(self._world.now_ns)}
        try:
            return {**named, **work(), **stamp, "sCode": "0", "sMsg": "", "subCode": ""}
        except (ItemError, OkxError) as error:
            refusal: Row = {"sCode": error.code, "sMsg": error.message, "subCode": ""}
            return {**named, "tag": _echo(item, "tag"), **stamp, **refusal}


def _echo(item: Fields, name: str) -> str:
    try:
        return item.text(name) or ""
    except OkxError:
        return ""
