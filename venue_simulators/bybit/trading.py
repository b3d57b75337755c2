"""Placing, changing, ending and looking up orders; REST and the trade socket share it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeAlias

from exchange_clients.base_models import ContractId
from venue_simulators.bybit import errors
from venue_simulators.bybit.account_book import AccountBook
from venue_simulators.bybit.errors import Refusal, invalid, missing_order
from venue_simulators.bybit.fields import Fields, check_linear, fields_of
from venue_simulators.bybit.order_checks import check_price, check_trigger, listed
from venue_simulators.bybit.order_desk import Changes, OrderDesk
from venue_simulators.bybit.order_form import read_attached, read_form
from venue_simulators.bybit.order_record import (
    CREATED,
    DEACTIVATED,
    FILLED,
    OPEN,
    REJECTED,
    UNTRIGGERED,
    OrderRecord,
    order_row,
)
from venue_simulators.bybit.paging import page, span_ns
from venue_simulators.bybit.terms import BybitTerms
from venue_simulators.bybit.wording import Row
from venue_simulators.world import World

BATCH_MAX = 20
CANCEL_ALL_MAX = 500
RECENT_MAX = 500
FILTERS = ("Order", "StopOrder", "tpslOrder", "OpenOrder")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a private call came to."""

    result: object
    message: str = "OK"
    ext: object = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """A private call, proven and counted."""

    book: AccountBook
    fields: Fields
    spend: Callable[[], bool] = lambda: True
    """Takes one more order out of the budget; False when there is none left."""


PrivateHandler: TypeAlias = Callable[[Call], Answer]


class TradingDesk:
    """Each method is one endpoint.

    Args:
        world: Where orders trade.
        desk: Where they live.
        terms: What this venue is like.
    """

    def __init__(self, world: World, desk: OrderDesk, terms: BybitTerms) -> None:
        self._world = world
        self._desk = desk
        self._terms = terms

    def writes(self) -> Mapping[str, PrivateHandler]:
        """Return the handlers of what is posted, by the last word of the path."""
        return {
            "create": self.create,
            "amend": self.amend,
            "cancel": self.cancel,
            "cancel-all": self.cancel_all,
            "create-batch": self.create_batch,
            "amend-batch": self.amend_batch,
            "cancel-batch": self.cancel_batch,
            "pre-check": self.pre_check,
        }

    # One order ------------------------------------------------------------------------------------

    def create(self, call: Call) -> Answer:
        """Acknowledge an order: nothing but its names comes back."""
        check_linear(call.fields)
        return Answer(_names(self._desk.create(call.book, read_form(call.fields))))

    def amend(self, call: Call) -> Answer:
        """Acknowledge an amendment."""
        check_linear(call.fields)
        record = _named(call.book, call.fields)
        changes = self._changes(record, call.fields)
        self._desk.amend(call.book, record, changes)
        return Answer(_names(record))

    def cancel(self, call: Call) -> Answer:
        """Acknowledge a cancel."""
        check_linear(call.fields)
        record = _named(call.book, call.fields)
        _check_live(record)
        self._desk.cancel(call.book, [record])
        return Answer(_names(record))

    def pre_check(self, call: Call) -> Answer:
        """Answer with margin rates (in ten thousandths) before and after an order."""
        check_linear(call.fields)
        form = read_form(call.fields)
        world, account = self._world, call.book.account
        listed(world, form.symbol)
        funds = world.funds(account)
        at = form.price or world.prices(form.symbol).mark
        more = form.qty * at / world.leverage(account, form.symbol)
        upkeep = form.qty * at * world.markets[form.symbol].maintenance_margin
        margins = (
            ("preImrE4", funds.initial_margin),
            ("preMmrE4", funds.maintenance_margin),
            ("postImrE4", funds.initial_margin + more),
            ("postMmrE4", funds.maintenance_margin + upkeep),
        )
        rates: Row = {"orderId": "", "orderLinkId": form.link_id}
        for name, margin in margins:
            rates[name] = int(margin / funds.equity * 10_000) if funds.equity > 0 else 0
        return Answer(rates)

    def _changes(self, record: OrderRecord, fields: Fields) -> Changes:
        _check_live(record)
        if record.status == CREATED or record.amending:
            raise Refusal(errors.PROCESSING, "the order is processing")
        qty, price = fields.decimal("qty"), fields.price("price")
        trigger = fields.price("triggerPrice")
        market, form = listed(self._world, record.form.symbol), record.form
        attached = read_attached(fields)
        pairs = ((qty, record.qty), (price, record.price), (trigger, record.trigger_price))
        if all(wanted in (None, now) for wanted, now in pairs) and not attached.given:
            raise invalid("the order remains unchanged")
        if qty is not None:
            if qty <= 0 or qty % market.step or qty < market.min_size:
                raise invalid("Qty invalid")
            if qty <= record.filled:
                raise Refusal(errors.AMEND_BELOW_FILLED, "qty is not above what has filled")
        if price is not None and form.market:
            raise invalid("a market order has no price")
        check_price(price, form.side, market, self._world)
        if trigger is not None:
            if record.status != UNTRIGGERED:
                raise invalid("triggerPrice is for orders that wait")
            check_trigger(trigger, form.trigger_direction, form.trigger_by, market, self._world)
        return Changes(qty, price, trigger, attached if attached.given else None)

    # Many -----------------------------------------------------------------------------------------

    def cancel_all(self, call: Call) -> Answer:
        """Acknowledge the cancel of at most 500 orders; symbol goes before coins."""
        fields = call.fields
        check_linear(fields)
        chosen = [
            record
            for record in _selected(call.book, fields)
            if _passes(record, fields) and not record.ended
        ][:CANCEL_ALL_MAX]
        self._desk.cancel(call.book, chosen)
        return Answer({"list": [_names(record) for record in chosen], "success": "1"})

    def create_batch(self, call: Call) -> Answer:
        """Acknowledge orders one by one."""
        return self._batch(call, self.create, ("category", "symbol", "orderId", "orderLinkId"))

    def amend_batch(self, call: Call) -> Answer:
        """Acknowledge amendments one by one."""
        return self._batch(call, self.amend, ("category", "symbol", "orderId", "orderLinkId"))

    def cancel_batch(self, call: Call) -> Answer:
        """Acknowledge cancels one by one."""
        return self._batch(call, self.cancel, ("category", "symbol", "orderId", "orderLinkId"))

    def _batch(self, call: Call, single: PrivateHandler, names: Sequence[str]) -> Answer:
        """Do each of a batch in turn; one that fails keeps its place, with an empty order id."""
        check_linear(call.fields)
        requests = call.fields.values.get("request")
        if not isinstance(requests, list) or not 1 <= len(requests) <= BATCH_MAX:
            raise invalid(f"request must hold 1 to {BATCH_MAX} orders")
        rows: list[Row] = []
        codes: list[Row] = []
        for index, values in enumerate(requests):
            fields = fields_of(values)
            merged = Fields({**fields.values, "category": "linear"})
            row: Row = {name: merged.values.get(name) or "" for name in names}
            row["orderId"], row["createAt"] = "", ""
            try:
                # The first was paid for by the request itself.
                if index and not call.spend():
                    raise Refusal(
                        errors.RATE_LIMIT, "Too many visits. Exceeded the API Rate Limit."
                    )
                answer = single(Call(call.book, merged))
                assert isinstance(answer.result, dict), "one order answers with its names"
                row |= answer.result
                row["createAt"] = str(self._world.now_ns // 1_000_000)
                codes.append({"code": 0, "msg": "OK"})
            except Refusal as refusal:
                codes.append({"code": refusal.code, "msg": refusal.message})
            rows.append(row)
        return Answer({"list": rows}, ext={"list": codes})

    # Looking up -----------------------------------------------------------------------------------

    def realtime(self, call: Call) -> Answer:
        """Answer with what is open, newest first; or with the last 500 that have ended."""
        query = call.fields
        check_linear(query)
        closed = query.whole("openOnly") == 1
        if closed:
            records = list(islice(reversed(call.book.ended), RECENT_MAX))
        else:
            records = [one for one in reversed(call.book.live.values()) if one.status in OPEN]
        return self._page(query, records, call.book, needs_selector=True)

    def history(self, call: Call) -> Answer:
        """Answer with orders that have ended, newest first, a little late."""
        query = call.fields
        check_linear(query)
        now_ns = self._world.now_ns
        start_ns, end_ns = span_ns(query, now_ns)
        seen_ns = now_ns - self._terms.history_lag_ns
        records = [
            record
            for record in reversed(call.book.ended)
            if start_ns <= record.created_ns < end_ns and record.updated_ns <= seen_ns
            if _still_kept(record, now_ns)
        ]
        return self._page(query, records, call.book, needs_selector=False)

    def _page(
        self,
        query: Fields,
        records: Sequence[OrderRecord],
        book: AccountBook,
        *,
        needs_selector: bool,
    ) -> Answer:
        order_id, link_id = query.text("orderId"), query.text("orderLinkId")
        if order_id is not None or link_id is not None:
            found = book.find(order_id, link_id)
            records = [one for one in records if one is found]
        elif needs_selector or query.has("symbol") or query.has("baseCoin"):
            chosen = {one.number: one for one in _selected(book, query, records)}
            records = list(chosen.values())
        status = query.text("orderStatus")
        records = [one for one in records if _passes(one, query) and status in (None, one.status)]
        rows, cursor = page(query, records, lambda one: one.key, 20, 50)
        result = {
            "category": "linear",
            "nextPageCursor": cursor,
            "list": [order_row(one) for one in rows],
        }
        return Answer(result)


_DAY_NS = 86_400 * 1_000_000_000
_UNFILLED_DAYS, _FILLED_DAYS = 1, 730


def _still_kept(record: OrderRecord, now_ns: int) -> bool:
    """Say whether an order that ended is still told of: without fills for a day only."""
    short = record.status in (REJECTED, DEACTIVATED) or not record.filled
    days = _UNFILLED_DAYS if short else _FILLED_DAYS
    return now_ns - record.updated_ns <= days * _DAY_NS


def _names(record: OrderRecord) -> Row:
    return {"orderId": record.order_id, "orderLinkId": record.link_id}


def _named(book: AccountBook, fields: Fields) -> OrderRecord:
    """Return the order that a request names; the venue's id goes before the client's."""
    symbol = ContractId(fields.required("symbol"))
    order_id, link_id = fields.text("orderId"), fields.text("orderLinkId")
    if order_id is None and link_id is None:
        raise invalid("orderId or orderLinkId is required")
    listed(book.world, symbol)
    record = book.find(order_id, link_id)
    if record is None or record.form.symbol != symbol:
        raise missing_order()
    return record


def _check_live(record: OrderRecord) -> None:
    if record.status in (FILLED, REJECTED):
        raise Refusal(errors.COMPLETED, "order has been finished or canceled")
    if record.ended:
        raise Refusal(errors.CANCELLED, "order has been cancelled")


def _selected(
    book: AccountBook, fields: Fields, records: Sequence[OrderRecord] | None = None
) -> list[OrderRecord]:
    """Return the orders of a symbol, else of a base coin, else of a settlement coin."""
    every = list(book.live.values()) if records is None else records
    symbol, base = fields.text("symbol"), fields.text("baseCoin")
    settle = fields.text("settleCoin")
    if symbol is not None:
        listed(book.world, ContractId(symbol))
        return [one for one in every if one.form.symbol == symbol]
    if base is not None:
        return [one for one in every if one.form.symbol == f"{base}USDT"]
    if settle is None:
        raise invalid("symbol, baseCoin or settleCoin is required")
    return list(every) if settle == "USDT" else []


def _passes(record: OrderRecord, fields: Fields) -> bool:
    wanted = fields.choice("orderFilter", FILTERS)
    kind = fields.text("stopOrderType")
    if kind is not None and record.stop_order_type != kind:
        return False
    if wanted in (None, "OpenOrder"):
        return wanted is None or not record.hangs_on_position
    if wanted == "tpslOrder":
        return record.hangs_on_position
    return record.waits is (wanted == "StopOrder")
