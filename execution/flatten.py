"""Kill to flat: cancels what is open, closes what is held, and looks until each venue says flat.

Each venue goes its own way, so that one that is away holds up no other. A round reads what is ours,
cancels, reads again and closes. A market is closed only while no order of ours there may still
trade: one whose end is not proven may have closed it already, and a second close would then take
from what a person holds beside us. Flat is what two readings in a row say. A second call finds
nothing to do.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from exchange_clients.base_models import NS, ContractId
from exchange_clients.errors import ExchangeError
from exchange_clients.journal import JournalError
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope
from helpers.risk_values import HeldPosition

logger = logging.getLogger(__name__)

READ_TIMEOUT_S = 20.0
"""A venue that tells nothing in this time is away for this round; it may have to be connected."""
DEED_TIMEOUT_S = 20.0
"""How long one round of cancelling, or of closing, may take; what was sent goes on by itself."""
CONFIRM_S = 0.5
"""Between the reading that says flat and the one that confirms it."""
PAUSE_FIRST_S = 1.0
"""After a round that left something or failed; each further pause is twice as long."""
PAUSE_MAX_S = 30.0
"""A venue that comes back is seen after this long at most."""
READINGS_TO_BELIEVE = 2


class OwnOrder(NamedTuple):
    """An order of ours that may still trade."""

    name: str
    """By which its port cancels it."""
    contract_id: ContractId


@dataclass(frozen=True, slots=True)
class Exposure:
    """What is ours at one venue, as it was just read."""

    orders: tuple[OwnOrder, ...] = ()
    positions: tuple[HeldPosition, ...] = ()

    @property
    def flat(self) -> bool:
        """Whether nothing of ours is open or held."""
        return not self.orders and not self.positions

    def __str__(self) -> str:
        """Return it for people."""
        told = [f"{each.quantity:f} {each.symbol}" for each in self.positions]
        if self.orders:
            told.append(f"{len(self.orders)} open order{'s' * (len(self.orders) > 1)}")
        return ", ".join(told) or "nothing"


class FlattenPort(Protocol):
    """One account at one venue, as far as it is to become flat."""

    @property
    def venue(self) -> str:
        """As people name it."""

    async def read(self) -> Exposure:
        """Return what is ours there now, the orders read before the positions.

        Raises:
            ExchangeError: it is not known.
        """

    async def cancel(self, orders: Sequence[OwnOrder]) -> str:
        """Ask for the end of orders; return what went wrong, empty where nothing did.

        What came of it is read afterwards, in either case.
        """

    async def close(self, positions: Sequence[HeldPosition]) -> str:
        """Close positions at once, reduce-only; likewise."""


@dataclass(frozen=True, slots=True)
class VenueFlatness:
    """What became of one venue."""

    venue: str
    flat: bool
    seconds: float | None
    """From the call to the first reading that said flat; None where it is not."""
    found: Exposure | None
    """As first read; None where it could not be read at all."""
    left: Exposure | None
    """As last read, likewise."""
    rounds: int
    trouble: str = ""
    """What went wrong last; empty where nothing did."""


@dataclass(frozen=True, slots=True)
class FlatReport:
    """What became of every venue."""

    venues: tuple[VenueFlatness, ...] = ()

    @property
    def flat(self) -> bool:
        """Whether all of them are."""
        return all(each.flat for each in self.venues)

    @property
    def idle(self) -> bool:
        """Whether there was nothing to do."""
        return all(each.found is not None and each.found.flat for each in self.venues)

    @property
    def seconds(self) -> float | None:
        """Until the last one was flat; None where one is not."""
        times = [each.seconds for each in self.venues]
        known = [each for each in times if each is not None]
        return max(known, default=0.0) if len(known) == len(times) else None


def closable(exposure: Exposure) -> tuple[HeldPosition, ...]:
    """Return the positions in markets where no order of ours may still trade."""
    busy = [each.contract_id for each in exposure.orders]
    return tuple(each for each in exposure.positions if each.contract_id not in busy)


def next_pause(pause_s: float) -> float:
    """Return the pause after one of this length."""
    return min(2 * pause_s, PAUSE_MAX_S)


async def flatten(
    ports: Sequence[FlattenPort],
    clock: Clock,
    *,
    within_s: float | None = None,
    heard: Callable[[VenueFlatness], None] = lambda venue: None,
) -> FlatReport:
    """Bring every venue to flat, and return what became of each.

    Nothing may open anything meanwhile: whoever calls has stopped the strategy before.

    Args:
        ports: The venues; they all go at once.
        clock: Time and waiting.
        within_s: When to give up on what is not flat (seconds); never where it is None.
        heard: Told of each venue after each of its rounds.
    """
    began_ns = clock.monotonic_ns()
    courses = [_Course(port, clock, began_ns, heard) for port in ports]
    tasks = TaskScope()
    try:
        async with clock.deadline(within_s):
            for course in courses:
                tasks.start(course.run(), f"flatten {course.venue}")
            await tasks.join()
    except TimeoutError:
        logger.error("event=not_flat_in_time within_s=%s", within_s)  # noqa: TRY400  # no bug
    finally:
        await tasks.close()
    return FlatReport(tuple(course.result() for course in courses))


@dataclass(slots=True)
class _Course:
    """One venue on its way to flat."""

    port: FlattenPort
    clock: Clock
    began_ns: int
    heard: Callable[[VenueFlatness], None]
    found: Exposure | None = None
    left: Exposure | None = None
    flat: bool = False
    flat_ns: int | None = None
    rounds: int = 0
    trouble: str = ""
    _readings: int = field(default=0)
    """How many in a row said flat."""

    @property
    def venue(self) -> str:
        return self.port.venue

    def result(self) -> VenueFlatness:
        seconds = None if self.flat_ns is None else (self.flat_ns - self.began_ns) / NS
        return VenueFlatness(
            venue=self.venue,
            flat=self.flat,
            seconds=seconds if self.flat else None,
            found=self.found,
            left=self.left,
            rounds=self.rounds,
            trouble=self.trouble,
        )

    async def run(self) -> None:
        pause_s = PAUSE_FIRST_S
        while True:
            self.rounds += 1
            try:
                quiet = await self._round()
            except (ExchangeError, OSError, JournalError) as error:  # a time-out is an OSError
                self._readings, quiet = 0, False
                self.trouble = str(error) or "no answer in time"
                logger.warning(
                    "event=flatten_failed venue=%s error=%r next=again_in_%gs",
                    self.venue, error, pause_s,
                )  # fmt: skip
            self.heard(self.result())
            if self.flat:
                return
            await self.clock.sleep(CONFIRM_S if quiet else pause_s)
            pause_s = PAUSE_FIRST_S if quiet else next_pause(pause_s)

    async def _round(self) -> bool:
        """Do what is to be done now; say whether there was nothing."""
        exposure = await self._read()
        if exposure.flat:
            return True
        logger.warning("event=not_flat venue=%s left=%s next=close", self.venue, exposure)
        if exposure.orders:
            async with self.clock.deadline(DEED_TIMEOUT_S):
                self._note(await self.port.cancel(exposure.orders))
            exposure = await self._read()
        positions = closable(exposure)
        if positions:
            async with self.clock.deadline(DEED_TIMEOUT_S):
                self._note(await self.port.close(positions))
            exposure = await self._read()
        return exposure.flat

    def _note(self, trouble: str) -> None:
        self.trouble = trouble or self.trouble

    async def _read(self) -> Exposure:
        async with self.clock.deadline(READ_TIMEOUT_S):
            exposure = await self.port.read()
        self.left = exposure
        if self.found is None:
            self.found = exposure
        self._readings = self._readings + 1 if exposure.flat else 0
        if self._readings == 1:
            self.flat_ns = self.clock.monotonic_ns()
        self.flat = self._readings >= READINGS_TO_BELIEVE
        if self.flat:
            self.trouble = ""
            logger.warning("event=flat venue=%s", self.venue)
        return exposure
