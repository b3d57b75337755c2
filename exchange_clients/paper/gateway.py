"""The way from the order manager into the paper exchange.

A command's number and its instant of arrival are drawn when it is prepared, and stand in the
reference that is journalled with the intent. What the journal holds is therefore what the venue
accepts, also when the process dies between writing and sending.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal

from exchange_clients.base_models import ClientOrderId, ContractId, Fill, NewOrder, OrderInfo
from exchange_clients.journal import IntentKind
from exchange_clients.paper.commands import Command, CommandReply, encode, refusal
from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.shared.client.gateway import (
    Found,
    Lookup,
    NotYetKnown,
    Prepared,
    ProvenAbsent,
)
from exchange_clients.shared.clock import Clock


class PaperGateway:
    """One account's commands and lookups."""

    def __init__(self, exchange: PaperExchange, account: str, clock: Clock) -> None:
        self._exchange = exchange
        self._account = account
        self._clock = clock

    # Wording --------------------------------------------------------------------------------------

    def prepare_place(self, order: NewOrder) -> Prepared:
        """Word a placement."""
        number, arrives_ns = self._stamp()
        return _prepared(
            Command(
                number,
                arrives_ns,
                IntentKind.PLACE,
                self._account,
                order.contract_id,
                order.client_order_id,
                order,
            )
        )

    def prepare_cancel(self, order: OrderInfo) -> Prepared:
        """Word a cancellation."""
        number, arrives_ns = self._stamp()
        return _prepared(
            Command(
                number,
                arrives_ns,
                IntentKind.CANCEL,
                self._account,
                order.contract_id,
                _name_of(order),
            )
        )

    def prepare_amend(
        self, order: OrderInfo, *, price: Decimal | None, size: Decimal | None
    ) -> Prepared:
        """Word a change in place; ``size`` is the new total size, what has filled included."""
        number, arrives_ns = self._stamp()
        return _prepared(
            Command(
                number,
                arrives_ns,
                IntentKind.AMEND,
                self._account,
                order.contract_id,
                _name_of(order),
                price=price,
                size=size,
            )
        )

    def prepare_leverage(self, contract_id: ContractId, leverage: Decimal) -> Prepared:
        """Word a change of the leverage."""
        number, arrives_ns = self._stamp()
        return _prepared(
            Command(
                number,
                arrives_ns,
                IntentKind.SET_LEVERAGE,
                self._account,
                contract_id,
                leverage=leverage,
            )
        )

    # Sending --------------------------------------------------------------------------------------

    async def send(self, prepared: Prepared) -> OrderInfo:
        """Hand the command over and return the order as the answer shows it.

        Raises:
            VenueRejected: nothing was changed.
        """
        info = (await self._answer(prepared)).info
        assert info is not None, "an order command that is not refused shows its order"
        return info

    async def send_leverage(self, prepared: Prepared) -> Decimal:
        """Hand a change of leverage over and return what it is now.

        Raises:
            VenueRejected: nothing was changed.
        """
        leverage = (await self._answer(prepared)).leverage
        assert leverage is not None, "a change of leverage that is not refused tells it"
        return leverage

    async def _answer(self, prepared: Prepared) -> CommandReply:
        command = prepared.payload
        assert isinstance(command, Command), "prepared by another gateway"
        answer: asyncio.Future[CommandReply] = asyncio.get_running_loop().create_future()

        def on_reply(reply: CommandReply) -> None:
            if not answer.done():
                answer.set_result(reply)

        self._exchange.submit(command, on_reply)
        reply = await answer
        if reply.reason is not None:
            raise refusal(reply)
        return reply

    # Looking up -----------------------------------------------------------------------------------

    async def find(self, client_order_id: ClientOrderId, contract_id: ContractId) -> Lookup:
        """Look an order up; a placement on its way cannot be told yet."""
        del contract_id  # names are unique over the whole account
        info = self._exchange.records.find(self._account, client_order_id)
        if info is not None:
            return Found(info)
        if self._exchange.in_flight(self._account, client_order_id):
            return NotYetKnown("the placement is on its way")
        return ProvenAbsent()

    async def active(self, contract_id: ContractId) -> Sequence[OrderInfo]:
        """Return the open orders of one market, oldest first."""
        records = self._exchange.records
        orders = self._exchange.markets[contract_id].engine.open_orders(self._account)
        infos = [records.get(self._account, ClientOrderId(each.client_order_id)) for each in orders]
        found = [info for info in infos if info is not None]
        assert len(found) == len(infos), "what the engine holds, the records know"
        return found

    async def fills(self, contract_id: ContractId, start_ns: int, end_ns: int) -> Sequence[Fill]:
        """Return the fills in [start, end), oldest first."""
        return [
            fill
            for fill in self._exchange.records.fills(self._account)
            if fill.contract_id == contract_id and start_ns <= fill.venue_ns < end_ns
        ]

    def _stamp(self) -> tuple[int, int]:
        """Return the next command's number and the instant at which it arrives."""
        config = self._exchange.config
        number = self._exchange.next_command_number()
        return number, self._clock.now_ns() + config.latency.up(config.seed, number)


def _prepared(command: Command) -> Prepared:
    assert command.contract_id is not None, "the gateway words commands of one market"
    return Prepared(
        kind=command.kind,
        contract_id=command.contract_id,
        client_order_id=command.client_order_id,
        order=command.order,
        payload=command,
        reference=encode(command),
    )


def _name_of(order: OrderInfo) -> ClientOrderId:
    assert order.client_order_id is not None, "orders of the paper venue carry a client id"
    return order.client_order_id
