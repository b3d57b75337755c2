"""Whether a close at market would meet a price: it waits a while where its book has lost a side.

With a side of a book gone, the best of it is anybody's order, however far away, and a market order
takes it at once. So a close at market is held back while bid and ask are far apart, for a minute at
most: where a market stays like that, it has really gone there, and whoever asks again is let
through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import NS, ContractId
from exchange_clients.shared.clock import Clock

WIDE = Decimal("0.05")
"""The spread, as a part of the mid, beyond which a book has lost a side."""
HELD_BACK_NS = 60 * NS
FORGOTTEN_NS = 300 * NS
"""A wide book that nobody has asked for so long is another occasion."""


@dataclass(slots=True)
class _Occasion:
    since_ns: int
    asked_ns: int


class FairBooks:
    """Watches the books that closes at market would take from.

    Args:
        clients: By the venues' names.
        clock: Time.
    """

    def __init__(self, clients: Mapping[str, BaseExchangeClient], clock: Clock) -> None:
        self._clients = clients
        self._clock = clock
        self._wide: dict[tuple[str, ContractId], _Occasion] = {}

    def refusal(self, venue: str, contract_id: ContractId) -> str:
        """Say why a close at market is not sent yet; empty where it may be."""
        now_ns, key = self._clock.now_ns(), (venue, contract_id)
        quote = self._clients[venue].stream.best_bid_offer(contract_id)
        # Without a quote the venue's own matching decides: nothing is known here.
        spread = 0.0 if quote is None else 2 * (quote.ask - quote.bid) / (quote.ask + quote.bid)
        if spread <= WIDE:
            self._wide.pop(key, None)
            return ""
        occasion = self._wide.get(key)
        if occasion is None or now_ns - occasion.asked_ns > FORGOTTEN_NS:
            occasion = self._wide[key] = _Occasion(now_ns, now_ns)
        occasion.asked_ns = now_ns
        if now_ns - occasion.since_ns >= HELD_BACK_NS:
            return ""
        return (
            f"bid and ask of {contract_id} at {venue} are {spread:.1%} apart, as if a side of the "
            "book were gone; a close at market waits a minute for it"
        )
