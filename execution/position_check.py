"""Compares what venues hold with what our fills explain: told to people, and left alone.

One account nets all of a contract, so a quantity that our fills do not explain belongs to another
bot or to the user's own hand; nothing here closes or claims it. Positions and fills are read one
after the other, so a difference counts only once it was seen twice in a row, with no fill of ours
on its way. Every market that the run may trade is compared, not only the one that its report shows.
Where less is there than our fills say, whoever trades the market is to open nothing in it until
that is resolved.

One thing is resolved here: a venue that was rolled back lists fills of ours no more. Where those
are exactly what is not explained they are taken back, and the venue is right.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol, TypeAlias, runtime_checkable

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import ZERO, ContractId, ExchangePositionSnapshot, Fill
from exchange_clients.errors import ExchangeError
from exchange_clients.events import Signal, StreamSignal
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope

logger = logging.getLogger(__name__)

ASK_TIMEOUT_S = 30.0
"""An answer that takes longer counts as none."""
PAUSE_S = 5.0
"""Between two looks: longer than a fill is on its way."""
EVERY_S = 60.0
"""Between two readings while nothing else calls for one: a hand may trade at any time."""
LOOKS_MAX = 12
"""How often a difference that changes all the time is looked at; then the next reason asks anew."""

Market = tuple[str, ContractId]
"""Venue and contract."""
Explained: TypeAlias = Callable[[str], Mapping[ContractId, Decimal]]
"""Returns what our fills add up to at a venue, of this run and of our others on the account."""


@runtime_checkable
class TakesBack(Protocol):
    """A client of a venue whose fills may vanish."""

    async def take_back_vanished(self, contract_id: ContractId, rest: Decimal) -> Sequence[Fill]:
        """Take back fills that are listed no more, if they explain a signed rest; return them."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A position that our books do not explain; both quantities are signed."""

    venue: str
    contract_id: ContractId
    held: Decimal
    """As the venue tells it."""
    ours: Decimal
    """What the fills of this run and of our others add up to."""

    @property
    def rest(self) -> Decimal:
        """What our fills do not explain, signed."""
        return self.held - self.ours

    @property
    def lacks_ours(self) -> bool:
        """Whether the venue has less than our fills say: the rest is no position of anybody's."""
        return self.rest * self.ours < 0

    @property
    def missing(self) -> Decimal:
        """How much of ours is gone, without a sign; zero where none is."""
        return min(abs(self.rest), abs(self.ours)) if self.lacks_ours else ZERO

    @property
    def others(self) -> Decimal:
        """What belongs to another hand, signed: all that is neither ours nor what is gone of it."""
        return self.rest + self.missing.copy_sign(self.ours)

    def __str__(self) -> str:
        """Return it for people."""
        where = f"{self.venue} holds {self.held} of {self.contract_id}, our fills say {self.ours}"
        if self.lacks_ours:
            return (
                f"{where}: {-self.rest} of ours was closed by another hand, or liquidated; "
                "restore it, or accept it by starting again with --adopt"
            )
        return f"{where}: {self.rest} is another's and is left alone"


@dataclass(frozen=True, slots=True)
class PositionsRead:
    """What a sure reading of a venue found to be gone of ours, and to be another hand's."""

    venue: str
    missing: Mapping[ContractId, Decimal]
    """Without a sign; a market that is not here has all that our fills say."""
    now_ns: int
    others: Mapping[ContractId, Decimal] = field(default_factory=dict)
    """Signed; a market that is not here has nothing that our fills do not explain."""


def differences(
    venue: str,
    held: Mapping[ContractId, Decimal],
    ours: Mapping[ContractId, Decimal],
) -> dict[ContractId, Difference]:
    """Return what our books do not explain of a venue's positions, in the order of the markets."""
    return {
        each: Difference(venue, each, held.get(each, ZERO), ours.get(each, ZERO))
        for each in sorted({**held, **ours})
        if held.get(each, ZERO) != ours.get(each, ZERO)
    }


async def read_differences(
    client: BaseExchangeClient,
    venue: str,
    symbols: Collection[str],
    explained: Explained,
) -> dict[ContractId, Difference]:
    """Ask a venue for every position and compare those of some symbols; of all where none is named.

    Raises:
        ExchangeError: a position is not known.
    """
    shown: Mapping[ContractId, ExchangePositionSnapshot] = {
        each.contract_id: each for each in await client.get_detailed_positions()
    }
    held = {each: snapshot.quantity for each, snapshot in shown.items()}
    found = differences(venue, held, explained(venue))
    if not symbols:
        return found
    return {
        each: difference
        for each, difference in found.items()
        if (shown[each].symbol if each in shown else client.market(each).symbol) in symbols
    }


async def sure_differences(
    client: BaseExchangeClient,
    venue: str,
    symbols: Collection[str],
    explained: Explained,
    clock: Clock,
) -> dict[ContractId, Difference] | None:
    """Look until two answers in a row agree, or nothing differs; None where none came for long."""
    before: dict[ContractId, Difference] | None = None
    for look in range(LOOKS_MAX):
        if look:
            await clock.sleep(PAUSE_S)
        try:
            async with clock.deadline(ASK_TIMEOUT_S):
                now = await read_differences(client, venue, symbols, explained)
        except (ExchangeError, OSError) as error:  # a timeout is an OSError
            logger.info("event=position_not_read venue=%s error=%r", venue, error)
            before = None
            continue
        lacking = client.fills_lacking()
        if any(each in lacking for each in now):
            # What our books lack is ours, as reports say: nobody else has traded it.
            before = None
            continue
        if not now or _rests(now) == _rests(before):
            return now
        before = now
    return None


def _rests(found: Mapping[ContractId, Difference] | None) -> dict[ContractId, Decimal]:
    """Return what is not explained: trades of ours between two looks change nothing of it."""
    return {each: difference.rest for each, difference in (found or {}).items()}


class PositionCheck:
    """Looks at the start, after every reconnect, and every minute.

    Args:
        clients: Whom to ask, by venue.
        symbols: What the run may trade; nothing for all markets of its accounts.
        explained: What our fills add up to.
        on_told: Hears what is to be told of a market; None once it is explained again.
        clock: Time and waiting.
        on_read: Hears what is gone of ours, and what is another's, after every sure reading.
        on_rolled_back: Hears at which venue fills of ours have vanished, and which.
    """

    def __init__(
        self,
        clients: Mapping[str, BaseExchangeClient],
        symbols: Collection[str],
        explained: Explained,
        on_told: Callable[[Market, Difference | None], None],
        clock: Clock,
        on_read: Callable[[PositionsRead], None] = lambda read: None,
        on_rolled_back: Callable[[str, Sequence[Fill]], None] = lambda venue, fills: None,
    ) -> None:
        self._clients = clients
        self._symbols = symbols
        self._explained = explained
        self._on_told = on_told
        self._clock = clock
        self._on_read = on_read
        self._on_rolled_back = on_rolled_back
        self._tasks = TaskScope()
        self._told: dict[Market, Difference] = {}
        self._looking: dict[str, None] = {}

    def start(self) -> None:
        """Look now and every minute, and listen for reconnects."""
        for venue, client in self._clients.items():
            client.stream.add_signal_listener(self._on_signal_of(venue))
            self._look(venue)
        self._tasks.start(self._look_again(), "positions")

    async def close(self) -> None:
        """Look no more."""
        await self._tasks.close()

    def _on_signal_of(self, venue: str) -> Callable[[StreamSignal], None]:
        def on_signal(signal: StreamSignal) -> None:
            if signal.signal is Signal.CONNECTED:
                self._look(venue)

        return on_signal

    def _look(self, venue: str) -> None:
        if venue not in self._looking:
            self._looking[venue] = None
            self._tasks.start(self._look_until_sure(venue), f"positions {venue}")

    async def _look_again(self) -> None:
        while True:
            await self._clock.sleep(EVERY_S)
            for venue in self._clients:
                self._look(venue)

    async def _look_until_sure(self, venue: str) -> None:
        try:
            found = await sure_differences(
                self._clients[venue], venue, self._symbols, self._explained, self._clock
            )
        finally:
            del self._looking[venue]
        if found and await self._took_back(venue, found):
            self._look(venue)
        elif found is not None:
            missing = {each: found[each].missing for each in found if found[each].missing}
            others = {each: found[each].others for each in found if found[each].others}
            self._on_read(PositionsRead(venue, missing, self._clock.now_ns(), others))
            self._tell(venue, {(venue, each): found[each] for each in found})

    async def _took_back(self, venue: str, found: Mapping[ContractId, Difference]) -> bool:
        """Take back what the venue has forgotten; say whether anything was."""
        client = self._clients[venue]
        if not isinstance(client, TakesBack):
            return False
        gone: list[Fill] = []
        for contract_id, difference in found.items():
            try:
                async with self._clock.deadline(ASK_TIMEOUT_S):
                    gone += await client.take_back_vanished(contract_id, difference.rest)
            except (ExchangeError, OSError) as error:  # a timeout is an OSError
                logger.info("event=fills_not_read venue=%s error=%r", venue, error)
        if gone:
            self._on_rolled_back(venue, gone)
        return bool(gone)

    def _tell(self, venue: str, found: Mapping[Market, Difference]) -> None:
        """Tell what is new, and what is explained by now."""
        for market in [each for each in self._told if each[0] == venue and each not in found]:
            del self._told[market]
            self._on_told(market, None)
        for market, each in found.items():
            told = self._told.get(market)
            if told is None or (told.rest, told.lacks_ours) != (each.rest, each.lacks_ours):
                self._told[market] = each
                logger.warning("event=position_not_explained detail=%s next=left_alone", each)
                self._on_told(market, each)
