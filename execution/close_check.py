"""How much a close at market may trade: read from the venue before it is sent, every time.

A close is sized by books of ours, which may be behind the venue: a liquidation, a close by hand, a
fill on its way. So the position and the open orders of the market are read first. What is not held
is not closed, and what resting closes of ours will close is left to them. The order is reduce-only
besides, at every venue that has it, so that nothing is reversed in the time between.

A close that rests at a price is not checked: it is sent the moment its entry fills, and the venue
itself holds it to the position. Nor does a failed reading hold a close back where the venue does
that: an exit that waits for an answer is none.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import (
    NS,
    ZERO,
    ClientOrderId,
    ContractId,
    Fill,
    Market,
    OrderInfo,
    OrderResult,
    OrderStatus,
    Purpose,
    Reason,
)
from exchange_clients.errors import ExchangeError
from exchange_clients.rounding import Rounding, round_to_increment
from exchange_clients.shared.clock import Clock
from execution.order_params import OrderParams

logger = logging.getLogger(__name__)

READ_TIMEOUT_S = 2.0
"""How long a close waits for the readings."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a venue said of a market."""

    position: Decimal
    """Signed, of the whole account."""
    closes: tuple[OrderInfo, ...]
    """Our reduce-only orders that rest there."""
    at_ns: int


def closable(standing: Standing, order: OrderParams) -> Decimal:
    """Return how much of a close may be sent; zero where nothing is left to close.

    A stop takes all that is held: what rests beside it was withdrawn, or ends with the position.
    """
    held = standing.position * -order.side.sign
    if order.purpose is not Purpose.STOP:
        covered = [each.remaining_size for each in standing.closes if each.side is order.side]
        held -= sum(covered, start=ZERO)
    return min(max(held, ZERO), order.quantity)


def sendable(standing: Standing, order: OrderParams, market: Market) -> Decimal:
    """Return what of a close the venue can take, a number of steps.

    What is asked for between two steps, as where another venue's steps are finer, is closed by the
    larger number: what less than a step would leave could never be closed by itself, and what is
    too much then can be, over there.
    """
    steps = round_to_increment(order.quantity, market.step, Rounding.UP)
    return market.round_size(closable(standing, replace(order, quantity=steps)))


class CloseCheck:
    """Reads before closes.

    Args:
        clients: By the venues' names.
        ours: Tells whether an order at a venue is of this run.
        clock: Time.
        age_s: How old a reading may be; a fill of ours at the venue makes it worthless at once.
    """

    def __init__(
        self,
        clients: Mapping[str, BaseExchangeClient],
        ours: Callable[[str, ClientOrderId], bool],
        clock: Clock,
        age_s: float = 0.0,
    ) -> None:
        self._clients = clients
        self._ours = ours
        self._clock = clock
        self._age_ns = round(age_s * NS)
        self._known: dict[tuple[str, ContractId], Standing] = {}
        self._listening: dict[str, None] = {}

    async def checked(
        self, venue: str, contract_id: ContractId, order: OrderParams
    ) -> OrderParams | OrderResult:
        """Return a close as it may be sent, or why it is not."""
        if not order.reduce_only or order.price is not None:
            return order
        standing = await self._read(venue, contract_id)
        if standing is None:
            return order
        size = sendable(standing, order, self._clients[venue].market(contract_id))
        if not size and closable(standing, order):
            # Less than a step, or than the venue's step was when its list was read last.
            size = sendable(standing, order, await self._rules(venue, contract_id))
        if size == order.quantity:
            return order
        logger.warning(
            "event=close_made_%s venue=%s key=%s asked=%s position=%s sent=%s",
            "smaller" if size < order.quantity else "larger",
            venue, order.key, order.quantity, standing.position, size,
        )  # fmt: skip
        if size:
            return replace(order, quantity=size)
        return _not_sent(order, standing, self._clients[venue].market(contract_id))

    async def _rules(self, venue: str, contract_id: ContractId) -> Market:
        """Return a market as its venue lists it now."""
        client = self._clients[venue]
        try:
            async with self._clock.deadline(READ_TIMEOUT_S):
                return await client.get_market_metadata(contract_id, fresh=True)
        except (ExchangeError, OSError):  # a time-out is an OSError
            return client.market(contract_id)

    async def _read(self, venue: str, contract_id: ContractId) -> Standing | None:
        """Return what the venue says now, or said a moment ago; None where it does not answer."""
        known = self._known.get((venue, contract_id))
        if known is not None and self._clock.now_ns() - known.at_ns < self._age_ns:
            return known
        client = self._clients[venue]
        if venue not in self._listening:
            self._listening[venue] = None
            client.setup_fill_handler(lambda fill: self._on_fill(venue, fill))
        asked_ns = self._clock.now_ns()
        try:
            async with self._clock.deadline(READ_TIMEOUT_S):
                resting = await client.get_active_orders(contract_id)
                position = await client.get_position(client.market(contract_id).symbol)
        except (ExchangeError, OSError) as error:  # a time-out is an OSError
            logger.warning(
                "event=not_read_before_close venue=%s contract_id=%s error=%r next=reduce_only",
                venue, contract_id, error,
            )  # fmt: skip
            return None
        closes = [each for each in resting if each.reduce_only and self._is_ours(venue, each)]
        standing = Standing(position, tuple(closes), asked_ns)
        self._known[venue, contract_id] = standing
        return standing

    def _is_ours(self, venue: str, info: OrderInfo) -> bool:
        name = info.client_order_id
        return name is not None and self._ours(venue, name)

    def _on_fill(self, venue: str, fill: Fill) -> None:
        self._known.pop((venue, fill.contract_id), None)


def _not_sent(order: OrderParams, standing: Standing, market: Market) -> OrderResult:
    """Return the result of a close that would open, or close what is being closed already.

    Where something is left to close it is less than the venue's step.
    """
    left = closable(standing, order)
    if left:
        reason = Reason.BELOW_MINIMUM
        text = f"{left} is left to close, less than a step of {market.step}"
    else:
        reason = Reason.REDUCE_ONLY_REJECTED
        text = f"the venue holds {standing.position}, and its resting closes cover the rest"
    return OrderResult(
        success=False,
        status=OrderStatus.REJECTED,
        side=order.side,
        size=order.quantity,
        reason=reason,
        error_message=text,
    )
