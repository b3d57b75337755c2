"""Placing, cancelling, amending and looking up algo orders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial

from venue_simulators.okx.account_book import AccountBook
from venue_simulators.okx.algo_desk import AlgoDesk
from venue_simulators.okx.algo_form import read_algo
from venue_simulators.okx.algos import ALGO_TYPES, CONDITIONAL, LIVE, OCO, AlgoRecord, algo_row
from venue_simulators.okx.calls import Call
from venue_simulators.okx.errors import ItemError, OkxError, parameter_empty, parameter_error
from venue_simulators.okx.exits import MARKET_PX, order_price
from venue_simulators.okx.fields import Fields
from venue_simulators.okx.listing import ALGOS_MAX, LIMIT_MAX, Listing
from venue_simulators.okx.lookup import instrument_of
from venue_simulators.okx.order_form import check_position, check_size, check_tick
from venue_simulators.okx.orders import Asked
from venue_simulators.okx.paging import page
from venue_simulators.okx.trading_api import TradingApi
from venue_simulators.okx.wording import Row
from venue_simulators.world import World

CANCELS_MAX = 10
_ENDED_STATES = ("effective", "canceled", "order_failed")


class AlgoApi:
    """Each public method is one endpoint.

    Args:
        world: Whose prices algo orders wait for.
        listing: The instruments.
        desk: Where they wait.
        trading: Sees to the leverage.
    """

    def __init__(self, world: World, listing: Listing, desk: AlgoDesk, trading: TradingApi) -> None:
        self._world = world
        self._listing = listing
        self._desk = desk
        self._trading = trading

    def place(self, call: Call) -> list[Row]:
        """Place one algo order."""
        return [self._item(item, partial(self._place, call.book, item)) for item in call.items]

    def _place(self, book: AccountBook, item: Fields) -> Row:
        instrument = instrument_of(self._listing, item)
        if not self._world.tradable(instrument.inst_id):
            raise ItemError("51022", "Contract suspended.")
        record = read_algo(item, instrument, book, self._world.ticker(instrument.inst_id))
        live = self._desk.live(book)
        if record.cl_ord_id and any(one.cl_ord_id == record.cl_ord_id for one in live):
            raise ItemError("51016", "Client order ID already exists.")
        if sum(one.instrument.inst_id == instrument.inst_id for one in live) >= ALGOS_MAX:
            raise ItemError("51025", "Order count exceeds the limit")
        check_position(_plain_order(record), book)
        self._trading.take_lever(book, instrument, record.td_mode)
        self._desk.add(book, record)
        return {"algoId": record.algo_id}

    def cancel(self, call: Call) -> list[Row]:
        """Cancel algo orders one after the other."""
        if len(call.items) > CANCELS_MAX:
            raise parameter_error("args")
        return [self._item(item, partial(self._cancel, call.book, item)) for item in call.items]

    def _cancel(self, book: AccountBook, item: Fields) -> Row:
        record = self._live(book, item, "51400")
        self._desk.cancel(book, record)
        return {"algoId": record.algo_id, "algoClOrdId": record.cl_ord_id}

    def amend(self, call: Call) -> list[Row]:
        """Change one algo order."""
        return [self._item(item, partial(self._amend, call.book, item)) for item in call.items]

    def _amend(self, book: AccountBook, item: Fields) -> Row:
        record = self._live(book, item, "51503")
        contracts = item.positive("newSz")
        changes = [name for name in _NEW_PRICES if item.has(name)]
        if contracts is None and not changes:
            raise ItemError("51500", "You must enter a price, quantity, or TP/SL")
        if contracts is not None:
            size = contracts * record.instrument.unit
            check_size(size, record.instrument, LIMIT_MAX)
            record.size = size
        for name in changes:
            _change_price(record, name, item)
        self._desk.amended(book, record)
        return {
            "algoId": record.algo_id,
            "algoClOrdId": record.cl_ord_id,
            "reqId": item.text("reqId") or "",
        }

    # Reading --------------------------------------------------------------------------------------

    def order(self, call: Call) -> Sequence[object]:
        """Answer with one algo order, waiting or ended."""
        algo_id, cl_ord_id = call.fields.text("algoId"), call.fields.text("algoClOrdId")
        if algo_id is None and cl_ord_id is None:
            raise parameter_empty("algoId or algoClOrdId")
        record = self._desk.find(call.book, algo_id, cl_ord_id)
        if record is None:
            raise OkxError("51603", "Order does not exist")
        return [algo_row(record)]

    def pending(self, call: Call) -> Sequence[object]:
        """Answer with a page of waiting algo orders of the types that are asked for."""
        return self._listed(call, self._desk.live(call.book))

    def history(self, call: Call) -> Sequence[object]:
        """Answer with a page of algo orders that have ended, by state or by one's number."""
        state = call.fields.choice("state", _ENDED_STATES)
        algo_id = call.fields.text("algoId")
        if state is None and algo_id is None:
            raise parameter_empty("state or algoId")
        ended = [one for one in self._desk.ended(call.book) if state in (None, one.state)]
        return self._listed(call, ended)

    def _listed(self, call: Call, records: Sequence[AlgoRecord]) -> Sequence[object]:
        query = call.fields
        types = query.required("ordType").split(",")
        if any(one not in ALGO_TYPES for one in types):
            raise parameter_error("ordType")
        if len(types) > 1 and any(one not in (CONDITIONAL, OCO) for one in types):
            raise parameter_error("ordType")
        inst_id, algo_id = query.text("instId"), query.text("algoId")
        wanted = query.text("algoClOrdId")
        chosen = [
            one
            for one in records
            if one.ord_type in types
            and inst_id in (None, one.instrument.inst_id)
            and algo_id in (None, one.algo_id)
            and wanted in (None, one.cl_ord_id)
        ]
        chosen.sort(key=_number)
        return [algo_row(one) for one in page(query, chosen, _number)]

    # Inside ---------------------------------------------------------------------------------------

    def _live(self, book: AccountBook, item: Fields, code: str) -> AlgoRecord:
        instrument = instrument_of(self._listing, item)
        algo_id, cl_ord_id = item.text("algoId"), item.text("algoClOrdId")
        if algo_id is None and cl_ord_id is None:
            raise parameter_empty("algoId or algoClOrdId")
        record = self._desk.find(book, algo_id, cl_ord_id)
        if (
            record is None
            or record.instrument.inst_id != instrument.inst_id
            or record.state != LIVE
        ):
            raise ItemError(code, "The order has been filled, canceled or does not exist.")
        return record

    def _item(self, item: Fields, work: Callable[[], Row]) -> Row:
        name = item.text("algoClOrdId") or ""
        named: Row = {"algoId": "", "algoClOrdId": name, "clOrdId": "", "tag": ""}
        try:
            return {**named, **work(), "sCode": "0", "sMsg": "", "subCode": ""}
        except (ItemError, OkxError) as error:
            return {**named, "sCode": error.code, "sMsg": error.message, "subCode": ""}


_NEW_PRICES = {
    "newTriggerPx": ("trigger", "px"),
    "newOrdPx": ("trigger", "ord_px"),
    "newTpTriggerPx": ("take", "px"),
    "newTpOrdPx": ("take", "ord_px"),
    "newSlTriggerPx": ("stop", "px"),
    "newSlOrdPx": ("stop", "ord_px"),
}
"""Which price of which watch a parameter changes."""


def _change_price(record: AlgoRecord, name: str, item: Fields) -> None:
    of, part = _NEW_PRICES[name]
    watch = {"trigger": record.trigger, "take": record.take, "stop": record.stop}[of]
    price = order_price(item, name)
    assert price is not None, f"{name} was sent"
    if watch is None or (part == "px" and price == MARKET_PX):
        raise parameter_error(name)
    at: Decimal | None = None if price == MARKET_PX else price
    if at is not None:
        check_tick(at, record.instrument, name)
    changed = replace(watch, px=price) if part == "px" else replace(watch, ord_px=at)
    if of == "trigger":
        record.trigger = changed
    elif of == "take":
        record.take = changed
    else:
        record.stop = changed


def _plain_order(record: AlgoRecord) -> Asked:
    """Return what is checked now of the order to come: that its margin mode fits."""
    return Asked(
        record.instrument,
        record.td_mode,
        record.side,
        record.pos_side,
        "market",
        record.instrument.unit,
        None,
    )


def _number(record: AlgoRecord) -> int:
    return int(record.algo_id)
