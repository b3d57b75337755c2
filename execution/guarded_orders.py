"""What is judged at the last moment before an order leaves: entries by risk, closes by the venue.

The gate of the bot says whether anything may be opened at all; here each entry is judged with its
size, its price and the book of its market. A close at market is held to what the venue holds, and
waits a while for a book that has lost a side.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import ClientOrderId, ContractId, OrderResult, Purpose
from exchange_clients.base_websocket import FeedKind
from execution.close_check import CloseCheck
from execution.fair_books import FairBooks
from execution.legs_order import LegsOrder
from execution.order_desk import denial
from execution.order_params import OrderParams
from execution.ports import OrderPort
from helpers.risk_values import Denial, OrderQuestion

logger = logging.getLogger(__name__)


class Admission(Protocol):
    """Lets entries through together, or says why none of them is sent."""

    def admit(self, orders: Sequence[OrderQuestion]) -> Denial | None:
        """Judge at once, from what is known."""


class EntryQuestions:
    """Asks about entries, with what is known of their markets.

    Args:
        clients: By the venues' names.
        admission: Who answers.
    """

    def __init__(self, clients: Mapping[str, BaseExchangeClient], admission: Admission) -> None:
        self._clients = clients
        self._admission = admission

    def order(self, venue: str, contract_id: ContractId, order: OrderParams) -> str:
        """Say why an order is not sent; empty where it may be."""
        if order.purpose is not Purpose.ENTRY:
            return ""
        return self._ask(order.key, [self._question(venue, contract_id, order)])

    def legs(self, order: LegsOrder) -> str:
        """Say why an execution over several venues is not begun; empty where it may be."""
        if order.purpose is not Purpose.ENTRY:
            return ""
        questions = []
        for each in order.orders:
            assert each.venue, f"{order.key}: every leg names its venue"
            assert each.contract_id, f"{order.key}: every leg names its contract"
            question = self._question(each.venue, each.contract_id, each)
            # Nobody may follow the market yet: the execution reads its book before it begins.
            questions.append(replace(question, priced_apart=True))
        return self._ask(order.key, questions)

    def _ask(self, key: str, questions: Sequence[OrderQuestion]) -> str:
        answer = self._admission.admit(questions)
        if answer is None:
            return ""
        logger.warning(
            "event=entry_denied key=%s code=%s reason=%s next=not_sent",
            key, answer.code.value, answer.message,
        )  # fmt: skip
        return str(answer)

    def _question(self, venue: str, contract_id: ContractId, order: OrderParams) -> OrderQuestion:
        client = self._clients[venue]
        market, quote = client.market(contract_id), client.stream.best_bid_offer(contract_id)
        middle: Decimal | None = None
        if quote is not None:
            middle = (market.price_of(quote.bid) + market.price_of(quote.ask)) / 2
        return OrderQuestion(
            venue=venue,
            symbol=market.symbol,
            side=order.side,
            size=order.quantity,
            price=order.price,
            middle=middle,
            age_s=client.stream.age_s(contract_id, FeedKind.BOOK),
        )


def needs_a_price(order: OrderParams) -> bool:
    """Tell whether an order closes at whatever price there is."""
    return order.reduce_only and order.price is None


class GuardedOrders:
    """An order port before another one: what is denied does not reach it."""

    def __init__(
        self, port: OrderPort, questions: EntryQuestions, closes: CloseCheck, books: FairBooks
    ) -> None:
        self._port = port
        self._questions = questions
        self._closes = closes
        self._books = books

    def mint(self, venue: str) -> ClientOrderId:
        """Return a new client order id for an order at ``venue``."""
        return self._port.mint(venue)

    async def place(
        self,
        venue: str,
        contract_id: ContractId,
        order: OrderParams,
        client_order_id: ClientOrderId,
    ) -> OrderResult:
        """Place the order, unless it is denied; a close no larger than what is held."""
        reason = self._questions.order(venue, contract_id, order)
        if not reason and needs_a_price(order):
            reason = self._unfair(venue, contract_id, order)
        if reason:
            return denial(order, reason)
        checked = await self._closes.checked(venue, contract_id, order)
        if isinstance(checked, OrderResult):
            return checked
        return await self._port.place(venue, contract_id, checked, client_order_id)

    def _unfair(self, venue: str, contract_id: ContractId, order: OrderParams) -> str:
        reason = self._books.refusal(venue, contract_id)
        if reason:
            logger.warning(
                "event=close_held_back venue=%s key=%s reason=%s next=asked_again",
                venue, order.key, reason,
            )  # fmt: skip
        return reason

    async def cancel(self, venue: str, client_order_id: ClientOrderId) -> OrderResult:
        """Cancel the order."""
        return await self._port.cancel(venue, client_order_id)
