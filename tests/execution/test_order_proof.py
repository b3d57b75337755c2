"""An order has ended when the venue says so, and not before."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

import pytest

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    OrderInfo,
    OrderResult,
    OrderStatus,
    Reason,
    Side,
    VenueOrderId,
)
from exchange_clients.errors import NotConnectedError, OrderNotFound, OutcomeUnknown
from exchange_clients.journal import JournalError
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from execution.order_proof import prove_end

NAME = ClientOrderId("7")


def info(status: OrderStatus) -> OrderInfo:
    return OrderInfo(
        VenueOrderId("v"), NAME, ContractId("BTC"), Side.BUY, Decimal(1), Decimal(1), status
    )


def told(status: OrderStatus, *, known: bool = True) -> OrderResult:
    return OrderResult(success=known, status=status, outcome_known=known)


OPEN, CANCELED, FILLED = (
    info(each) for each in (OrderStatus.OPEN, OrderStatus.CANCELED, OrderStatus.FILLED)
)
LOST = told(OrderStatus.OPEN, known=False)
REFUSED = OrderResult(success=False, status=OrderStatus.OPEN, reason=Reason.RATE_LIMITED)
DONE = told(OrderStatus.CANCELED)


class Scripted:
    """A client that answers by script; the last answer stays."""

    def __init__(self, cancels: list[Any], infos: list[Any]) -> None:
        self._cancels, self._infos = cancels, infos
        self.asked: list[str] = []

    def get_exchange_name(self) -> str:
        return "scripted"

    async def cancel_order(self, order_id: str) -> OrderResult:
        self.asked.append("cancel")
        return cast("OrderResult", self._next(self._cancels))

    async def get_order_info(self, order_id: str, *, force_refresh: bool) -> OrderInfo | None:
        self.asked.append("refresh" if force_refresh else "read")
        return cast("OrderInfo | None", self._next(self._infos))

    def _next(self, script: list[Any]) -> object:
        answer = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(answer, Exception):
            raise answer
        return cast("object", answer)


def proven(client: Scripted) -> tuple[OrderInfo | None, float]:
    """Return the proof, and the seconds it took."""

    async def main(loop: VirtualLoop) -> tuple[OrderInfo | None, float]:
        end = await prove_end(cast("BaseExchangeClient", client), NAME, VirtualClock(loop))
        return end, loop.time()

    return run_virtual(main)


@pytest.mark.parametrize(
    ("cancels", "infos", "end", "seconds"),
    [
        ([DONE], [CANCELED], CANCELED, 0.0),
        ([told(OrderStatus.FILLED)], [FILLED], FILLED, 0.0),
        ([LOST, DONE], [OutcomeUnknown("later"), CANCELED], CANCELED, 0.25),
        ([LOST, LOST, DONE], [OPEN, OPEN, CANCELED], CANCELED, 0.75),
        ([REFUSED, DONE], [OPEN, CANCELED], CANCELED, 0.25),
        ([JournalError("full")], [FILLED], FILLED, 0.0),
        ([RuntimeError("a defect"), DONE], [RuntimeError("another"), CANCELED], CANCELED, 0.25),
        ([LOST], [None], None, 0.0),
        ([LOST], [OrderNotFound("never sent")], None, 0.0),
    ],
    ids=[
        "cancelled",
        "filled first",
        "answer lost",
        "answer lost twice",
        "refused for its rate",
        "journal full but filled",
        "a defect",
        "never arrived",
        "never sent",
    ],
)
def test_an_end_is_asked_for_until_it_is_known(
    cancels: list[Any], infos: list[Any], end: OrderInfo | None, seconds: float
) -> None:
    assert proven(Scripted(cancels, infos)) == (end, seconds)


def test_the_order_is_read_anew_unless_the_cancel_itself_proved_its_end() -> None:
    client = Scripted([LOST, DONE], [OPEN, CANCELED])
    assert proven(client)[0] == CANCELED
    assert client.asked == ["cancel", "refresh", "cancel", "read"]


def test_pauses_grow_to_a_limit_and_never_end() -> None:
    away: list[Any] = [NotConnectedError("away")] * 10
    client = Scripted([*away, DONE], [*away, CANCELED])
    end, seconds = proven(client)
    assert end == CANCELED
    assert seconds == 0.25 + 0.5 + 1 + 2 + 4 + 5 * 5
