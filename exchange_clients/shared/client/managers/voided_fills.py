"""Fills of ours that their venue has voided: each is taken back once, by a reversing fill.

A venue says which fill it has voided, by a feed and by a list, and may say so before the fill
itself was heard. So what is not known yet is kept until it is, and what was taken back once is
known by its name, however often it is told. The order stays as it was: what it has filled is
proven, and only the books are without it again.

A venue that was rolled back tells nothing: it knows of the fill no more. That is believed of fills
that have long been told, are listed no more, and are exactly what its position lacks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import TypeVar

from exchange_clients.base_models import NS, ZERO, ContractId, Fill, TradeId
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import Unreadable, VoidedFill
from exchange_clients.shared.client.gateway import OrderGateway, VoidingGateway

logger = logging.getLogger(__name__)

VOIDABLE_MAX = 2000
"""Fills that are remembered, the oldest forgotten first: venues void within minutes."""
TOLD_MAX = 1000
"""Voided fills that are not known yet, those of others on the account among them."""
LOOKED_BACK_S = 24 * 3600
"""From how long ago on voided fills are read, and whatever clock stamped them: they are few."""
VANISHED_S = 300
"""How old a fill is before its absence from a list says anything: lists trail."""

T = TypeVar("T")


class VoidedFills:
    """What was voided at one account.

    Args:
        venue: Named in logs.
        book: Takes each reversing fill once.
    """

    def __init__(self, venue: str, book: Callable[[Fill], None]) -> None:
        self._venue = venue
        self._book = book
        self._known: dict[TradeId, Fill] = {}
        self._told: dict[TradeId, int] = {}
        """When what is not known yet was voided (epoch ns)."""
        self._taken_back: dict[TradeId, Fill] = {}
        """What takes each voided fill back."""

    def know(self, fill: Fill) -> None:
        """Take it from the journal what an earlier process has taken back."""
        if fill.voids is not None:
            self._taken_back[fill.voids] = fill
            _bound(self._taken_back, VOIDABLE_MAX)

    def remember(self, fill: Fill) -> None:
        """Take a fill that was booked, now or by an earlier process; it may be voided already."""
        if fill.voids is not None:
            return
        self._known[fill.trade_id] = fill
        _bound(self._known, VOIDABLE_MAX)
        at_ns = self._told.pop(fill.trade_id, None)
        if at_ns is not None:
            self.on_voided(VoidedFill(fill.trade_id, at_ns))

    def on_voided(self, voided: VoidedFill) -> None:
        """Take it that a fill was voided, whoever tells it, and however often."""
        if voided.trade_id in self._taken_back:
            return
        fill = self._known.get(voided.trade_id)
        if fill is None:
            self._told[voided.trade_id] = voided.venue_ns
            _bound(self._told, TOLD_MAX)
            return
        reversing = self._taken_back[voided.trade_id] = fill.taken_back(voided.venue_ns)
        _bound(self._taken_back, VOIDABLE_MAX)
        logger.warning(
            "event=fill_voided venue=%s contract_id=%s client_order_id=%s trade_id=%s size=%s",
            self._venue, fill.contract_id, fill.client_order_id, fill.trade_id, fill.size,
        )  # fmt: skip
        self._book(reversing)

    async def read(self, gateway: OrderGateway, now_ns: int) -> None:
        """Take what was voided of late, where a venue does that.

        Raises:
            ExchangeError: it could not be read.
        """
        if not isinstance(gateway, VoidingGateway):
            return
        since_ns = max(now_ns - LOOKED_BACK_S * NS, 0)
        for row in await gateway.voided(since_ns, now_ns + LOOKED_BACK_S * NS):
            if isinstance(row, Unreadable):
                raise MalformedPayload(f"a voided fill: {row.reason}")
            self.on_voided(row)

    async def take_back_vanished(
        self, gateway: OrderGateway, contract_id: ContractId, rest: Decimal, now_ns: int
    ) -> Sequence[Fill]:
        """Take back what a venue lists no more, where that explains its position to the last digit.

        Args:
            gateway: The venue; nothing vanishes where it takes no fills back.
            contract_id: The market.
            rest: By how much the venue's position there is above ours, signed.
            now_ns: When (epoch ns).

        Returns:
            The fills, oldest first; none where they do not explain it.

        Raises:
            ExchangeError: the list could not be read.
        """
        if not (isinstance(gateway, VoidingGateway) and gateway.voids_fills):
            return ()
        told = self._told_between(contract_id, now_ns - LOOKED_BACK_S * NS, now_ns)
        if not told:
            return ()
        start_ns = max(told[0].venue_ns - VANISHED_S * NS, 0)
        listed: dict[TradeId, None] = {}
        for row in await gateway.fills(contract_id, start_ns, now_ns + VANISHED_S * NS):
            if isinstance(row, Unreadable):
                raise MalformedPayload(f"a fill of {contract_id}: {row.reason}")
            listed[row.trade_id] = None
        gone = [fill for fill in told if fill.trade_id not in listed]
        young = any(fill.venue_ns > now_ns - VANISHED_S * NS for fill in gone)
        held = sum((fill.side.sign * fill.size for fill in gone), ZERO)
        if young or not held or held != -rest:
            return ()
        logger.error(
            "event=fills_vanished venue=%s contract_id=%s fills=%s held=%s next=take_back",
            self._venue, contract_id, len(gone), held,
        )  # fmt: skip
        for fill in gone:
            self.on_voided(VoidedFill(fill.trade_id, now_ns))
        return gone

    def _told_between(self, contract_id: ContractId, start_ns: int, end_ns: int) -> list[Fill]:
        """Return the fills of a market in [start, end) that were not taken back, by time."""
        told = (
            fill
            for fill in self._known.values()
            if fill.contract_id == contract_id
            and start_ns <= fill.venue_ns < end_ns
            and fill.trade_id not in self._taken_back
        )
        return sorted(told, key=_by_time)

    def within(
        self, listed: Iterable[Fill], contract_id: ContractId, start_ns: int, end_ns: int
    ) -> list[Fill]:
        """Return fills of a market with what takes voided ones back in [start, end), by time.

        Args:
            listed: As the venue lists them, with what it has voided.
            contract_id: The market.
            start_ns: The first instant of interest.
            end_ns: The first that is not.
        """
        fills = list(listed)
        unknown = [
            fill.taken_back(self._told[fill.trade_id])
            for fill in fills
            if fill.trade_id in self._told
        ]
        reversing = [
            fill
            for fill in (*self._taken_back.values(), *unknown)
            if fill.contract_id == contract_id and start_ns <= fill.venue_ns < end_ns
        ]
        return sorted([*fills, *reversing], key=_by_time) if reversing else fills


def _by_time(fill: Fill) -> int:
    return fill.venue_ns


def _bound(remembered: dict[TradeId, T], most: int) -> None:
    if len(remembered) > most:
        del remembered[next(iter(remembered))]
