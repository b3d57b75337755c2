"""Compares what venues hold with what our fills explain: told to people, and left alone.

One account nets all of a contract, so a quantity that our fills do not explain belongs to another
bot or to the user's own hand; nothing here closes or claims it. A position and fills are read one
after the other, so a difference counts only once it was seen twice in a row.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import ZERO, ContractId
from exchange_clients.errors import ExchangeError
from exchange_clients.events import Signal, StreamSignal
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope

logger = logging.getLogger(__name__)

ASK_TIMEOUT_S = 30.0
"""An answer that takes longer counts as none."""
PAUSE_S = 5.0
"""Between two looks: longer than a fill is on its way."""
LOOKS_MAX = 12
"""How often a difference that changes all the time is looked at; then the next reason asks anew."""

Market = tuple[str, ContractId]
"""Venue and contract."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A position that our books do not explain; both quantities are signed."""

    venue: str
    contract_id: ContractId
    held: Decimal
    """As the venue tells it."""
    ours: Decimal
    """What the fills of this run and of our others add up to."""

    def __str__(self) -> str:
        """Return it for people."""
        where = f"{self.venue} holds {self.held} of {self.contract_id}, our fills say {self.ours}"
        rest = self.held - self.ours
        if self.ours and rest * self.ours < 0:
            return f"{where}: {-rest} of ours was closed by another hand, or liquidated"
        return f"{where}: {rest} is another's and is left alone"


def difference(market: Market, held: Decimal, ours: Decimal) -> Difference | None:
    """Return what our books do not explain; None where they explain all of it."""
    return None if held == ours else Difference(*market, held, ours)


class PositionCheck:
    """Looks at the start and after every reconnect.

    Args:
        clients: Whom to ask, by venue.
        contracts: What is traded there, by venue.
        others: What our other runs hold in a market of the same account, signed.
        on_told: Hears what is to be told of a market; None once it is explained again.
        clock: Time and waiting.
    """

    def __init__(
        self,
        clients: Mapping[str, BaseExchangeClient],
        contracts: Mapping[str, ContractId],
        others: Callable[[Market], Decimal],
        on_told: Callable[[Market, Difference | None], None],
        clock: Clock,
    ) -> None:
        self._clients = clients
        self._contracts = contracts
        self._others = others
        self._on_told = on_told
        self._clock = clock
        self._tasks = TaskScope()
        self._told: dict[Market, Difference | None] = {}
        self._looking: dict[Market, None] = {}

    def start(self) -> None:
        """Look now, and listen for reconnects."""
        for venue, contract_id in self._contracts.items():
            self._clients[venue].stream.add_signal_listener(self._on_signal_of(venue))
            self._look((venue, contract_id))

    async def close(self) -> None:
        """Look no more."""
        await self._tasks.close()

    def _on_signal_of(self, venue: str) -> Callable[[StreamSignal], None]:
        def on_signal(signal: StreamSignal) -> None:
            if signal.signal is Signal.CONNECTED:
                self._look((venue, self._contracts[venue]))

        return on_signal

    def _look(self, market: Market) -> None:
        if market not in self._looking:
            self._looking[market] = None
            self._tasks.start(self._look_until_sure(market), f"positions {market[0]}")

    async def _look_until_sure(self, market: Market) -> None:
        """Look until two answers in a row agree, or there was no answer for long."""
        before: Difference | None = None
        try:
            for look in range(LOOKS_MAX):
                if look:
                    await self._clock.sleep(PAUSE_S)
                try:
                    now = await self._difference(market)
                except (ExchangeError, OSError) as error:  # a timeout is an OSError
                    logger.info("event=position_not_read venue=%s error=%r", market[0], error)
                    before = None
                    continue
                if now is None or now == before:
                    self._tell(market, now)
                    return
                before = now
        finally:
            del self._looking[market]

    async def _difference(self, market: Market) -> Difference | None:
        venue, contract_id = market
        client = self._clients[venue]
        symbol = client.market(contract_id).symbol
        async with self._clock.deadline(ASK_TIMEOUT_S):
            snapshot = await client.get_position_snapshot(symbol)
            fills = await client.get_user_trade_history(symbol, 0, self._clock.now_ns() + 1)
        mine = sum((fill.side.sign * fill.size for fill in fills), start=ZERO)
        held = ZERO if snapshot is None else snapshot.quantity
        return difference(market, held, mine + self._others(market))

    def _tell(self, market: Market, found: Difference | None) -> None:
        if self._told.get(market) == found:
            return
        self._told[market] = found
        if found is not None:
            logger.warning("event=position_not_explained detail=%s next=left_alone", found)
        self._on_told(market, found)
