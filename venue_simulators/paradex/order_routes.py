"""Order entry and queries as REST words them.

A query by id shows what is OPEN or NEW, a query by client id what is OPEN; what has closed is found
in the history and in the fills alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from venue_simulators.paradex.calls import Access, Body, Call, Route
from venue_simulators.paradex.errors import CLIENT_ID_MISSING, ORDER_MISSING, Refusal
from venue_simulators.paradex.fields import Fields
from venue_simulators.paradex.order_api import OrderApi
from venue_simulators.paradex.order_desk import OrderDesk
from venue_simulators.paradex.order_record import NEW, OPEN, OrderRecord
from venue_simulators.paradex.paging import page, span_ns
from venue_simulators.paradex.wording import Json, reply, results
from venue_simulators.wire import HttpResponse

_FILTERS = ("client_id", "market", "status", "side", "type")


class OrderRoutes:
    """Each method is one endpoint."""

    def __init__(self, api: OrderApi, desk: OrderDesk) -> None:
        self._api = api
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the endpoints."""
        order, read = Access.ORDER, Access.READ
        return [
            Route("POST", "orders", self.place, order, Body.OBJECT),
            Route("POST", "orders/batch", self.place_many, order, Body.LIST),
            Route("DELETE", "orders/batch", self.cancel_many, order, Body.OBJECT),
            Route("DELETE", "orders", self.cancel_all, order),
            Route("DELETE", "orders/{}", self.cancel, order),
            Route("DELETE", "orders/by_client_id/{}", self.cancel_by_client_id, order),
            Route("PUT", "orders/{}", self.modify, order, Body.OBJECT),
            Route("GET", "orders", self.open_orders, read),
            Route("GET", "orders/{}", self.order, read),
            Route("GET", "orders/by_client_id/{}", self.order_by_client_id, read),
            Route("GET", "orders-history", self.history, read),
        ]

    # Entry ----------------------------------------------------------------------------------------

    def place(self, call: Call) -> HttpResponse:
        """Take one order."""
        return reply(self._api.place(call.session, call.body).words(), 201)

    def place_many(self, call: Call) -> HttpResponse:
        """Take some orders; errors do not say whose they are."""
        outcomes = self._api.place_many(call.session, call.rows)
        orders = [each.words() for each in outcomes if isinstance(each, OrderRecord)]
        refusals = [each for each in outcomes if isinstance(each, Refusal)]
        errors: list[Json] = [{"error": each.code, "message": each.message} for each in refusals]
        return reply({"orders": [*orders], "errors": errors}, 201)

    def modify(self, call: Call) -> HttpResponse:
        """Take a change of an order."""
        return reply(self._api.modify(call.session, call.args[0], call.body).words())

    def cancel(self, call: Call) -> HttpResponse:
        """Queue a cancel."""
        self._api.cancel(call.session, call.args[0])
        return HttpResponse(204)

    def cancel_by_client_id(self, call: Call) -> HttpResponse:
        """Queue a cancel."""
        market = call.query.text("market")
        self._api.cancel_by_client_id(call.session, call.args[0], market)
        return HttpResponse(204)

    def cancel_all(self, call: Call) -> HttpResponse:
        """Queue the cancel of everything that the query chooses."""
        self._api.cancel_all(call.session, call.query.text("market"))
        return reply({})

    def cancel_many(self, call: Call) -> HttpResponse:
        """Queue some cancels."""
        return results(self._api.cancel_many(call.session, call.body))

    # Queries --------------------------------------------------------------------------------------

    def open_orders(self, call: Call) -> HttpResponse:
        """Answer with the orders that can still trade, oldest first."""
        active = self._desk.active(call.session.member.name, call.query.text("market"))
        return results([each.words() for each in active])

    def order(self, call: Call) -> HttpResponse:
        """Answer with one order by its id."""
        record = self._desk.by_order_id(call.session.member.name, call.args[0])
        if record.status not in (OPEN, NEW):
            raise Refusal(ORDER_MISSING, f"order {record.order_id} is not open")
        return reply(record.words())

    def order_by_client_id(self, call: Call) -> HttpResponse:
        """Answer with one order by its sender's name for it."""
        record = self._desk.by_client_id(call.session.member.name, call.args[0])
        if record.status != OPEN:
            raise Refusal(CLIENT_ID_MISSING, f"order {record.form.client_id} is not open")
        return reply(record.words())

    def history(self, call: Call) -> HttpResponse:
        """Answer with every order that the filters choose, newest first."""
        records = self._desk.records(call.session.member.name)
        chosen = _chosen(records, call.query)
        return reply(page(chosen, call.query, OrderRecord.words))


def _chosen(records: Sequence[OrderRecord], query: Fields) -> list[OrderRecord]:
    start_ns, end_ns = span_ns(query)
    wanted = {name: query.text(name) for name in _FILTERS}
    asked = {name: value for name, value in wanted.items() if value is not None}
    rows = []
    for record in records:
        form = record.form
        facts = {
            "client_id": form.client_id,
            "market": form.contract_id,
            "status": record.status,
            "side": form.side.name,
            "type": form.kind,
        }
        timely = start_ns <= record.created_ns <= end_ns
        if timely and all(facts[name] == value for name, value in asked.items()):
            rows.append(record)
    return rows
