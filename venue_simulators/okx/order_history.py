"""Looking up orders and fills; reads may lag behind the streams."""

from __future__ import annotations

from collections.abc import Sequence

from exchange_clients.base_models import NS
from venue_simulators.okx.account_book import FillRecord
from venue_simulators.okx.calls import Call
from venue_simulators.okx.errors import OkxError
from venue_simulators.okx.fields import Fields
from venue_simulators.okx.listing import Instrument, Listing
from venue_simulators.okx.lookup import find_order
from venue_simulators.okx.order_form import ORDER_TYPES
from venue_simulators.okx.orders import OrderRecord, fill_row, order_row
from venue_simulators.okx.paging import page
from venue_simulators.okx.public_api import INST_TYPES
from venue_simulators.okx.terms import OkxTerms
from venue_simulators.okx.wording import MS_NS, Row, ms
from venue_simulators.world import World

PURGE_NS = 2 * 3600 * NS
"""How long an order that was cancelled without a fill can be asked for."""
DAY_NS = 86_400 * NS


class OrderHistory:
    """Each public method is one endpoint."""

    def __init__(self, world: World, listing: Listing, terms: OkxTerms) -> None:
        self._world = world
        self._listing = listing
        self._terms = terms

    def order(self, call: Call) -> Sequence[object]:
        """Answer with one order; one that was cancelled unfilled is forgotten after a while."""
        record = find_order(self._listing, call.book, call.fields)
        unseen = record is None or record.created_ns > self._seen_ns
        if record is None or unseen or self._purged(record):
            raise OkxError("51603", "Order does not exist")
        return [order_row(record)]

    def pending(self, call: Call) -> Sequence[object]:
        """Answer with a page of live orders, newest first."""
        return self._listed(call, call.book.pending(), ("live", "partially_filled"))

    def history(self, call: Call) -> Sequence[object]:
        """Answer with a page of orders of a week that have ended."""
        return self._ended(call, 7 * DAY_NS)

    def archive(self, call: Call) -> Sequence[object]:
        """Answer with a page of orders of three months that have ended."""
        return self._ended(call, 90 * DAY_NS)

    def fills(self, call: Call) -> Sequence[object]:
        """Answer with a page of fills of three days, by the number of their bills."""
        return self._filled(call, 3 * DAY_NS)

    def fills_history(self, call: Call) -> Sequence[object]:
        """Answer with a page of fills of three months."""
        call.fields.required_choice("instType", INST_TYPES)
        return self._filled(call, 90 * DAY_NS)

    def rate_limit(self, call: Call) -> Sequence[object]:
        """Answer with the account's cap of new and amended orders."""
        del call
        return [
            {
                "accRateLimit": "1000",
                "nextAccRateLimit": "1000",
                "fillRatio": "",
                "mainFillRatio": "",
                "ts": ms(self._world.now_ns),
            }
        ]

    def _ended(self, call: Call, span_ns: int) -> Sequence[object]:
        call.fields.required_choice("instType", INST_TYPES)
        since_ns = self._world.now_ns - span_ns
        ended = [one for one in call.book.orders.values() if one.ended]
        recent = [one for one in ended if since_ns <= one.updated_ns <= self._seen_ns]
        return self._listed(call, recent, ("canceled", "filled", "mmp_canceled"))

    def _listed(
        self, call: Call, records: Sequence[OrderRecord], states: tuple[str, ...]
    ) -> Sequence[object]:
        query = call.fields
        inst_id, state = query.text("instId"), query.choice("state", states)
        types = (query.text("ordType") or ",".join(ORDER_TYPES)).split(",")
        begin, end = query.whole("begin"), query.whole("end")
        chosen = [
            one
            for one in records
            if _of_type(query, one.asked.instrument)
            and inst_id in (None, one.asked.instrument.inst_id)
            and state in (None, one.state)
            and one.asked.ord_type in types
            and one.created_ns <= self._seen_ns
            and _within(one.created_ns, begin, end)
        ]
        return [order_row(one) for one in page(query, chosen, lambda one: int(one.ord_id))]

    def _filled(self, call: Call, span_ns: int) -> Sequence[object]:
        query, since_ns = call.fields, self._world.now_ns - span_ns
        inst_id, ord_id = query.text("instId"), query.text("ordId")
        begin, end = query.whole("begin"), query.whole("end")
        chosen = [
            one
            for one in call.book.fills
            if _of_type(query, one.record.asked.instrument)
            and inst_id in (None, one.fill.contract_id)
            and ord_id in (None, one.record.ord_id)
            and since_ns <= one.fill.venue_ns <= self._seen_ns
            and _within(one.fill.venue_ns, begin, end)
        ]
        return [_fill_words(one) for one in page(query, chosen, lambda one: int(one.bill_id))]

    @property
    def _seen_ns(self) -> int:
        """Until when reads can see what has happened."""
        return self._world.now_ns - self._terms.read_delay_ns

    def _purged(self, record: OrderRecord) -> bool:
        age_ns = self._world.now_ns - record.updated_ns
        return record.ended and not record.filled and age_ns > PURGE_NS


def _of_type(query: Fields, instrument: Instrument) -> bool:
    family = query.text("instFamily") or query.text("uly")
    wanted = query.choice("instType", INST_TYPES)
    return wanted in (None, "SWAP") and family in (None, instrument.family)


def _within(at_ns: int, begin: int | None, end: int | None) -> bool:
    at_ms = at_ns // MS_NS
    return (begin is None or at_ms >= begin) and (end is None or at_ms <= end)


def _fill_words(told: FillRecord) -> Row:
    return fill_row(told.record, told.fill, told.pnl, told.bill_id)
