"""How it is proven that an order can trade no more.

A cancel whose answer is lost, or that is refused, proves nothing, and neither does a failed read:
the order is asked for again, with growing pauses, until the venue tells that it has ended or that
it never was. There is no bound, because there is nothing safe to do without the answer; whoever
cannot wait ends the task, and the journal settles the order at the next start.
"""

from __future__ import annotations

import logging

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import ClientOrderId, OrderInfo
from exchange_clients.errors import ExchangeError, OrderNotFound
from exchange_clients.journal import JournalError
from exchange_clients.shared.clock import Clock

logger = logging.getLogger(__name__)

PAUSE_FIRST_S = 0.25
"""Before asking again; each further pause is twice as long."""
PAUSE_MAX_S = 5.0
FAILURES = (ExchangeError, JournalError, OSError)
"""What may go wrong while asking, and says nothing of the order; a time-out is an OSError."""


async def prove_end(
    client: BaseExchangeClient, client_order_id: ClientOrderId, clock: Clock
) -> OrderInfo | None:
    """Cancel an order and return its last state; None where the venue provably never had it."""
    pause_s = PAUSE_FIRST_S
    while True:
        try:
            info = await _cancel(client, client_order_id)
        except OrderNotFound:
            return None
        except Exception as error:  # noqa: BLE001  # whatever went wrong, the order may be live
            logger.warning(
                "event=end_not_proven venue=%s client_order_id=%s error=%r next=ask_again",
                client.get_exchange_name(), client_order_id, error,
            )  # fmt: skip
        else:
            if info is None or info.status.terminal:
                return info
        await clock.sleep(pause_s)
        pause_s = min(2 * pause_s, PAUSE_MAX_S)


async def _cancel(client: BaseExchangeClient, client_order_id: ClientOrderId) -> OrderInfo | None:
    """Ask once for the end, then for the state, which may be known although the cancel failed."""
    proven = False
    try:
        result = await client.cancel_order(client_order_id)
        proven = result.outcome_known and result.status.terminal
    except Exception as error:  # noqa: BLE001  # the order's state may be known all the same
        logger.warning(
            "event=cancel_failed venue=%s client_order_id=%s error=%r next=read_the_order",
            client.get_exchange_name(), client_order_id, error,
        )  # fmt: skip
    return await client.get_order_info(client_order_id, force_refresh=not proven)
