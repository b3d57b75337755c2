"""What becomes of a command when it arrives: checks that need the account, then the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from exchange_clients.base_models import (
    ContractId,
    NewOrder,
    OrderInfo,
    OrderStatus,
    OrderType,
    Reason,
    TimeInForce,
)
from exchange_clients.journal import IntentKind
from exchange_clients.paper import reports
from exchange_clients.paper.accounts import Account, Ledger
from exchange_clients.paper.commands import Command, CommandReply
from exchange_clients.paper.margin_desk import MarginDesk
from exchange_clients.paper.market import PaperMarket
from exchange_clients.paper.order_records import OrderRecords
from exchange_clients.paper.orders import EngineOrder

_TAKERS_ONLY = (TimeInForce.IOC, TimeInForce.FOK)


class Refused(Exception):
    """A command is refused; nothing was changed."""

    def __init__(self, reason: Reason, message: str, info: OrderInfo | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.info = info


class OrderDesk:
    """Executes commands, one at a time, in the order of their arrival."""

    def __init__(
        self,
        ledger: Ledger,
        markets: Mapping[ContractId, PaperMarket],
        margin: MarginDesk,
        records: OrderRecords,
        next_order_id: Callable[[], int],
        *,
        inverse: bool,
    ) -> None:
        self._ledger = ledger
        self._markets = markets
        self._margin = margin
        self._records = records
        self._next_order_id = next_order_id
        self._inverse = inverse

    def execute(self, command: Command, now_ns: int) -> CommandReply:
        """Do what a command says; the reply tells what came of it."""
        account = self._ledger.accounts[command.account]
        try:
            match command.kind:
                case IntentKind.PLACE:
                    info = self._place(command, account, now_ns)
                case IntentKind.CANCEL:
                    info = self._cancel(command, account, now_ns)
                case IntentKind.AMEND:
                    info = self._amend(command, account, now_ns)
                case IntentKind.CANCEL_ALL:
                    return self._cancel_all(command, account, now_ns)
                case IntentKind.SET_LEVERAGE:
                    return self._set_leverage(command, account)
        except Refused as refused:
            return CommandReply(command.number, refused.info, refused.reason, str(refused))
        if command.kind is IntentKind.PLACE and info.status is OrderStatus.REJECTED:
            return CommandReply(command.number, info, info.reason or Reason.OTHER)
        return CommandReply(command.number, info)

    # Placing --------------------------------------------------------------------------------------

    def _place(self, command: Command, account: Account, now_ns: int) -> OrderInfo:
        wanted = command.order
        assert wanted is not None, f"command {command.number} places nothing"
        if self._records.get(account.name, wanted.client_order_id) is not None:
            raise Refused(
                Reason.DUPLICATE_CLIENT_ORDER_ID,
                f"client order id {wanted.client_order_id} was used before",
            )
        order_id = self._next_order_id()
        try:
            order = self._admitted(wanted, account, order_id)
        except Refused as refused:
            info = reports.refused_info(wanted, order_id, refused.reason, now_ns)
            self._records.keep(account.name, info)
            raise Refused(refused.reason, str(refused), info) from None
        self._market(wanted.contract_id).engine.place(order, now_ns)
        return self._known(account, command)

    def _admitted(self, wanted: NewOrder, account: Account, order_id: int) -> EngineOrder:
        """Return the order as the engine takes it, or refuse it."""
        market = self._market(wanted.contract_id)
        if self._inverse:
            raise Refused(
                Reason.MARKET_UNAVAILABLE,
                f"{market.contract_id} is paid in its base asset: the paper venue only shows it",
            )
        try:
            order = reports.engine_order(wanted, market.grid, order_id, account.name)
        except ValueError as error:
            raise Refused(Reason.INVALID_ORDER, str(error)) from None
        takes = wanted.order_type is OrderType.MARKET or wanted.time_in_force in _TAKERS_ONLY
        if takes and not market.ready:
            raise Refused(
                Reason.MARKET_UNAVAILABLE,
                f"the book of {market.contract_id} is not ready: an order that takes is refused",
            )
        if not wanted.reduce_only:
            _check_minimums(wanted, market)
        if not order.order_type.conditional and not self._margin.can_carry(account, market, order):
            raise Refused(
                Reason.INSUFFICIENT_MARGIN,
                f"{wanted.size} of {market.contract_id} needs more margin than is available",
            )
        return order

    # Changing what is there -----------------------------------------------------------------------

    def _cancel(self, command: Command, account: Account, now_ns: int) -> OrderInfo:
        order = self._live(command, account)
        self._market(command.contract_id).engine.cancel(order.order_id, now_ns)
        return self._known(account, command)

    def _amend(self, command: Command, account: Account, now_ns: int) -> OrderInfo:
        market = self._market(command.contract_id)
        order = self._live(command, account)
        try:
            ticks = None if command.price is None else market.grid.ticks(command.price)
            lots = None if command.size is None else market.grid.lots(command.size)
        except ValueError as error:
            raise Refused(Reason.INVALID_ORDER, str(error)) from None
        wanted = replace(
            order,
            ticks=order.ticks if ticks is None else ticks,
            lots=order.lots if lots is None else lots,
        )
        if not self._margin.can_carry(account, market, wanted):
            raise Refused(
                Reason.INSUFFICIENT_MARGIN,
                f"the amended order {command.client_order_id} needs more margin than is available",
            )
        reason = market.engine.amend(order.order_id, now_ns, ticks=ticks, lots=lots)
        if reason is not None:
            raise Refused(reason, f"order {command.client_order_id} cannot be amended so")
        return self._known(account, command)

    def _cancel_all(self, command: Command, account: Account, now_ns: int) -> CommandReply:
        for contract_id, market in self._markets.items():
            if command.contract_id in (None, contract_id):
                market.engine.cancel_all(account.name, now_ns)
        return CommandReply(command.number)

    def _set_leverage(self, command: Command, account: Account) -> CommandReply:
        """Change the leverage if everything open can still be carried."""
        market, wanted = self._market(command.contract_id), command.leverage
        contract_id = market.contract_id
        maximum = self._margin.schedules[contract_id].max_leverage
        if wanted is None or not 1 <= wanted <= maximum:
            raise Refused(
                Reason.INVALID_ORDER,
                f"leverage of {contract_id} must be from 1 to {maximum}, got {wanted}",
            )
        before = account.leverage.get(contract_id)
        bound_before = self._margin.initial(account)
        account.leverage[contract_id] = wanted
        bound = self._margin.initial(account)
        if bound > bound_before and bound > self._margin.equity(account):
            if before is None:
                del account.leverage[contract_id]
            else:
                account.leverage[contract_id] = before
            raise Refused(
                Reason.INSUFFICIENT_MARGIN,
                f"at leverage {wanted} the open positions and orders cannot be carried",
            )
        return CommandReply(command.number, leverage=wanted)

    # Looking up -----------------------------------------------------------------------------------

    def _market(self, contract_id: ContractId | None) -> PaperMarket:
        market = None if contract_id is None else self._markets.get(contract_id)
        if market is None:
            listed = ", ".join(self._markets)
            raise Refused(
                Reason.INVALID_ORDER, f"contract {contract_id} is not listed; listed: {listed}"
            )
        return market

    def _live(self, command: Command, account: Account) -> EngineOrder:
        known = self._records.get(account.name, command.client_order_id)
        if known is None or known.contract_id != command.contract_id:
            raise Refused(
                Reason.ORDER_NOT_FOUND, f"no order {command.client_order_id} was ever accepted"
            )
        if known.status.terminal:
            raise Refused(
                Reason.ALREADY_TERMINAL,
                f"order {command.client_order_id} is {known.status.value} already",
                known,
            )
        order = self._market(known.contract_id).engine.get(int(known.order_id))
        assert order is not None, f"live order {known.order_id} is in the engine"
        return order

    def _known(self, account: Account, command: Command) -> OrderInfo:
        info = self._records.get(account.name, command.client_order_id)
        assert info is not None, f"order {command.client_order_id} has just been handled"
        return info


def _check_minimums(wanted: NewOrder, market: PaperMarket) -> None:
    spec = market.spec
    if wanted.size < spec.min_size:
        raise Refused(
            Reason.BELOW_MINIMUM, f"size {wanted.size} is below the minimum {spec.min_size}"
        )
    price = wanted.price or wanted.trigger_price
    if price is None:
        mark = market.mark()
        price = None if mark is None else mark * spec.tick / 2
    if price is not None and wanted.size * price < spec.min_notional:
        raise Refused(
            Reason.BELOW_MINIMUM,
            f"notional {wanted.size * price} is below the minimum {spec.min_notional} USD",
        )
