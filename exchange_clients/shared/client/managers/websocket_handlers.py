"""Where each event of an account goes: orders, positions, money, liquidations."""

from __future__ import annotations

from collections.abc import Callable

from exchange_clients.base_models import Fill, LiquidationEvent, OrderInfo
from exchange_clients.events import (
    BalanceUpdate,
    FundingPayment,
    PositionUpdate,
    Unreadable,
    VoidedFill,
)
from exchange_clients.shared.client.managers.account_manager import AccountManager
from exchange_clients.shared.client.managers.order_manager import OrderManager
from exchange_clients.shared.client.managers.position_manager import PositionManager
from exchange_clients.shared.client.managers.position_watch import PositionWatch
from exchange_clients.shared.websocket.message_handler import AccountEvent


class PrivateEvents:
    """Hands each event of the private stream to the manager that it concerns.

    Args:
        orders: Takes orders and fills.
        positions: Takes positions; fills reach it through ``orders``, which count each once.
        account: Is told that the money has changed.
        watch: Compares positions with fills.
        on_liquidation: Takes liquidations of the account.
    """

    def __init__(
        self,
        orders: OrderManager,
        positions: PositionManager,
        account: AccountManager,
        watch: PositionWatch,
        on_liquidation: Callable[[LiquidationEvent], None],
    ) -> None:
        self._orders = orders
        self._positions = positions
        self._account = account
        self._watch = watch
        self._on_liquidation = on_liquidation

    def __call__(self, event: AccountEvent) -> None:
        """Take one event, in the order of arrival."""
        if isinstance(event, OrderInfo):
            self._orders.on_order(event)
        elif isinstance(event, Fill):
            self._account.forget()
            self._orders.on_fill(event)
        elif isinstance(event, VoidedFill):
            self._account.forget()
            self._orders.voided.on_voided(event)
        elif isinstance(event, Unreadable):
            self._orders.on_unreadable(event)
        elif isinstance(event, PositionUpdate):
            self._account.forget()
            self._positions.on_update(event)
            self._watch.on_update(event)
        elif isinstance(event, BalanceUpdate | FundingPayment):
            self._account.forget()
        elif isinstance(event, LiquidationEvent):
            self._account.forget()
            self._on_liquidation(event)
