"""How long the answers to requests of orders take: told to whoever wants to know."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from exchange_clients.base_models import OrderInfo
from exchange_clients.journal import IntentKind
from exchange_clients.shared.client.gateway import OrderGateway, Prepared
from exchange_clients.shared.clock import Clock

AnswerHandler: TypeAlias = Callable[[IntentKind, int], None]
"""Takes what was asked, and nanoseconds until it was answered, refused or given up."""


def deaf(kind: IntentKind, answered_ns: int) -> None:
    """Do nothing with it."""


async def send_timed(
    gateway: OrderGateway, prepared: Prepared, clock: Clock, handler: AnswerHandler
) -> OrderInfo:
    """Send through a gateway, and tell the handler how long that took."""
    began_ns = clock.monotonic_ns()
    try:
        return await gateway.send(prepared)
    finally:
        handler(prepared.kind, clock.monotonic_ns() - began_ns)
