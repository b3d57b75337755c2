"""What an account may ask and do; each method answers one path."""

from __future__ import annotations

from venue_simulators.paper import asked
from venue_simulators.paper.orders import Orders
from venue_simulators.paper.pages import page
from venue_simulators.paper.public_desk import unlisted
from venue_simulators.paper.refusals import bad_request, refused
from venue_simulators.paper.rows import (
    Row,
    balance_row,
    fill_row,
    order_row,
    payment_row,
    plain,
    position_row,
)
from venue_simulators.world import Outcome, World


class AccountDesk:
    """Answers one account at a time, which the caller has proven to be."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._orders = Orders(world)

    # Orders ---------------------------------------------------------------------------------------

    def place(self, account: str, body: asked.Place) -> Row:
        """Answer ``POST /order`` with the order as it is after it was matched."""
        info = self._orders.place(account, body.wanted())
        return order_row(info, self._world.wanted(account, info.order_id))

    def amend(self, account: str, body: asked.Amend) -> Row:
        """Answer ``PATCH /order``."""
        if body.price is None and body.size is None:
            raise bad_request("price or size must be given")
        order_id = self._orders.named(account, body)
        price, size = asked.decimal(body.price), asked.decimal(body.size)
        return self._told(account, self._world.amend(account, order_id, price=price, size=size))

    def cancel(self, account: str, query: asked.OneOrder) -> Row:
        """Answer ``DELETE /order``."""
        order_id = self._orders.named(account, query)
        return self._told(account, self._world.cancel(account, order_id))

    def cancel_all(self, account: str, query: asked.MaybeMarket) -> Row:
        """Answer ``DELETE /orders``: everything of one market, or of the account."""
        if query.market is not None and query.market not in self._world.markets:
            raise unlisted(query.market)
        for info in list(self._world.open_orders(account, query.market)):
            self._world.cancel(account, info.order_id)
        return {}

    def order(self, account: str, query: asked.OneOrder) -> Row:
        """Answer ``GET /order``, open or ended."""
        order_id = self._orders.named(account, query)
        info = self._world.order(account, order_id)
        assert info is not None, "a name is given to orders that were made"
        return order_row(info, self._world.wanted(account, order_id))

    def open_orders(self, account: str, query: asked.OpenOrders) -> Row:
        """Answer ``GET /orders``, oldest first."""
        found = self._world.open_orders(account, query.market)
        rows = [
            (int(info.order_id), order_row(info, self._world.wanted(account, info.order_id)))
            for info in found
        ]
        return page(rows, query.cursor, query.limit)

    def _told(self, account: str, outcome: Outcome) -> Row:
        if outcome.reason is not None:
            raise refused(outcome.reason, outcome.message)
        assert outcome.order is not None, "what was not refused is an order"
        return order_row(outcome.order, self._world.wanted(account, outcome.order.order_id))

    # What has happened ----------------------------------------------------------------------------

    def fills(self, account: str, query: asked.Span) -> Row:
        """Answer ``GET /fills``, oldest first."""
        rows = [
            (number, fill_row(fill, self._world.wanted(account, fill.order_id)))
            for number, fill in enumerate(self._world.fills(account), start=1)
            if fill.contract_id == query.market and query.start <= fill.venue_ns < query.end
        ]
        return page(rows, query.cursor, query.limit)

    def payments(self, account: str, query: asked.Span) -> Row:
        """Answer ``GET /payments``, oldest first."""
        rows = [
            (number, payment_row(payment))
            for number, payment in enumerate(self._world.payments(account), start=1)
            if payment.contract_id == query.market
            and query.start <= payment.venue_ns < query.end
            and self._world.listed(payment.venue_ns)
        ]
        return page(rows, query.cursor, query.limit)

    # What there is --------------------------------------------------------------------------------

    def positions(self, account: str, query: asked.Asked) -> Row:
        """Answer ``GET /positions``."""
        del query
        return {"rows": [position_row(held) for held in self._world.positions(account)]}

    def balance(self, account: str, query: asked.Asked) -> Row:
        """Answer ``GET /balance``."""
        del query
        return balance_row(self._world.funds(account), self._world.now_ns)

    def leverage(self, account: str, query: asked.OfMarket) -> Row:
        """Answer ``GET /leverage``."""
        if query.market not in self._world.markets:
            raise unlisted(query.market)
        leverage = self._world.leverage(account, query.market)
        return {"market": query.market, "leverage": plain(leverage)}

    def set_leverage(self, account: str, body: asked.SetLeverage) -> Row:
        """Answer ``PUT /leverage`` with what is set now."""
        leverage = asked.decimal(body.leverage)
        assert leverage is not None, "it was read as a number"
        outcome = self._world.set_leverage(account, body.market, leverage)
        if outcome.reason is not None:
            raise refused(outcome.reason, outcome.message)
        return self.leverage(account, asked.OfMarket(body.market))
