"""What one account of a world was told, in the world's own words, for whoever asks later.

Towards the exchange an order's client order id is the number that the world drew for it; towards
the simulator that number is the order's id.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Fill,
    NewOrder,
    OrderInfo,
    Reason,
    TradeId,
    VenueOrderId,
)
from exchange_clients.events import FundingPayment, PrivateEvent, VoidedFill
from exchange_clients.paper.settlement import name_of
from venue_simulators.world_values import Outcome, PrivateListener, Wanted


@dataclass(frozen=True, slots=True)
class Naming:
    """How the exchange's names become the world's."""

    next_order_id: Callable[[], VenueOrderId]
    trade_number: Callable[[Fill], int]
    charged: Callable[[Fill], Fill]
    """Returns a fill with its fee as the account pays it."""


class WorldAccount:
    """Orders, fills and payments of one account, oldest first."""

    def __init__(self, name: str, naming: Naming) -> None:
        self.name = name
        self._naming = naming
        self.orders: dict[VenueOrderId, OrderInfo] = {}
        self.open: dict[VenueOrderId, OrderInfo] = {}
        """Those that have not ended."""
        self.wanted: dict[VenueOrderId, Wanted] = {}
        self.fills: list[Fill] = []
        self.voided: list[Fill] = []
        """What takes voided fills back, oldest first."""
        self.payments: list[FundingPayment] = []
        self.listeners: list[PrivateListener] = []
        self._ids: dict[ClientOrderId, VenueOrderId] = {}
        """Of orders that the exchange itself placed, as a liquidation."""
        self._names: dict[VenueOrderId, ClientOrderId] = {}

    def expect(self, order: Wanted) -> ClientOrderId:
        """Draw the number of an order that is about to be placed; its name at the exchange."""
        order_id = self._naming.next_order_id()
        self.wanted[order_id] = order
        return ClientOrderId(order_id)

    def name_of(self, order_id: VenueOrderId) -> ClientOrderId:
        """Return an order's name at the exchange."""
        return self._names.get(order_id, ClientOrderId(order_id))

    def known(self, info: OrderInfo) -> OrderInfo | None:
        """Return an order as it was told last, None if it is new."""
        return self.orders.get(self._id_of(info.client_order_id))

    def take(self, event: PrivateEvent) -> PrivateEvent:
        """Remember an event and return it as the world says it."""
        if isinstance(event, OrderInfo):
            return self.keep(event)
        if isinstance(event, Fill):
            number = self._naming.trade_number(event)
            order_id = self._id_of(event.client_order_id)
            fill = replace(
                event, trade_id=TradeId(str(number)), order_id=order_id, client_order_id=None
            )
            fill = self._naming.charged(fill)
            self.fills.append(fill)
            return fill
        if isinstance(event, VoidedFill):
            fill = next(each for each in self.fills if name_of(each) == event.trade_id)
            self.voided.append(fill.taken_back(event.venue_ns))
        if isinstance(event, FundingPayment):
            self.payments.append(event)
        return event

    def keep(self, info: OrderInfo) -> OrderInfo:
        """Remember an order's state and return it as the world says it."""
        order_id = self._id_of(info.client_order_id)
        told = replace(info, order_id=order_id, client_order_id=None)
        self.orders[order_id] = told
        if info.status.terminal:
            self.open.pop(order_id, None)
        else:
            self.open[order_id] = told
        return told

    def tell(self, event: PrivateEvent) -> None:
        """Tell the listeners."""
        for listener in self.listeners:
            listener(event)

    def asked(self, order_id: VenueOrderId) -> Wanted:
        """Return what was asked for; of an order that the exchange placed, what it is."""
        wanted = self.wanted.get(order_id)
        if wanted is not None:
            return wanted
        info = self.orders[order_id]
        return Wanted(
            info.contract_id,
            info.side,
            info.size,
            info.price,
            info.order_type,
            reduce_only=info.reduce_only,
        )

    def _id_of(self, name: ClientOrderId | None) -> VenueOrderId:
        assert name is not None, "orders of the exchange carry a client order id"
        order_id = VenueOrderId(name)
        if order_id in self.wanted:
            return order_id
        known = self._ids.get(name)
        if known is None:
            known = self._ids[name] = self._naming.next_order_id()
            self._names[known] = name
        return known


def new_order(order: Wanted, name: ClientOrderId) -> NewOrder:
    """Return a wanted order under its name at the exchange."""
    return NewOrder(
        client_order_id=name,
        contract_id=order.contract_id,
        side=order.side,
        size=order.size,
        price=order.price,
        order_type=order.order_type,
        time_in_force=order.time_in_force,
        reduce_only=order.reduce_only,
        trigger_price=order.trigger_price,
        trailing_fraction=order.trailing_fraction,
    )


def unlisted(contract_id: ContractId) -> Outcome:
    """Return the refusal of a contract that the venue does not list."""
    return Outcome(None, Reason.INVALID_ORDER, f"{contract_id} is not listed")


def not_open(known: OrderInfo | None, order_id: VenueOrderId) -> Outcome:
    """Return the refusal of a command about an order that is not open."""
    if known is None:
        return Outcome(None, Reason.ORDER_NOT_FOUND, f"there is no order {order_id}")
    return Outcome(known, Reason.ALREADY_TERMINAL, f"order {order_id} is {known.status.value}")
