"""How what is not known of our orders is found out: lost answers, missing fills, a restart.

Every question is asked a bounded number of times, with growing pauses. What stays open after that
is said, stays PENDING, and is asked again at the next audit or reconciliation.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import (
    NS,
    ClientOrderId,
    ContractId,
    Fill,
    OrderInfo,
    OrderStatus,
)
from exchange_clients.errors import ExchangeError
from exchange_clients.events import Unreadable
from exchange_clients.journal import IntentKind, Journal
from exchange_clients.shared.client.gateway import Found, OrderGateway, ProvenAbsent
from exchange_clients.shared.client.managers.lookup_turns import LookupTurns
from exchange_clients.shared.client.managers.order_records import OrderRecords
from exchange_clients.shared.client.managers.revenants import Revenants
from exchange_clients.shared.client.order_tracker import OrderTracker
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope

logger = logging.getLogger(__name__)

LOOKUP_FIRST_S = 0.25
"""Pause after the first lookup; each further pause is twice as long."""
LOOKUP_PAUSE_MAX_S = 5.0
LOOKUPS_MAX = 16
"""Lookups of a lost placement: about a minute in all, and longer while the venue answers none."""
CONFIRMATIONS_MAX = 6
"""Lookups of a cancelled order: about 16 s in all."""
RECONCILE_ROUNDS_MAX = 5
"""Rounds over the orders that are still open questions at a start: about 8 s of pauses."""
VERDICT_GRACE_S = 3.0
"""How long the verdict on an order that was only acknowledged may take before it is asked for."""
LISTED_FROM = 3
"""Of so many open orders in a market the list is read first; fewer are asked for one by one."""
FILL_GRACE_S = 1.0
"""How long a fill may lag behind the report that knows of it before it is asked for."""
FILL_QUERIES_MAX = 5
FILL_OVERLAP_S = 60
"""Fills are read again from this long before the last known one: clocks and orders differ."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What is true of our own orders at the venue."""

    positions: Mapping[ContractId, Decimal]
    """Signed, from our own fills alone."""
    unresolved: tuple[ClientOrderId, ...]
    """Orders of which the venue could not tell yet, or of which a fill could not be read; they are
    looked up in the background."""


class OrderRecovery:
    """Asks the venue until it is known; ``tasks`` owns what it does in the background."""

    def __init__(
        self,
        venue: str,
        gateway: OrderGateway,
        records: OrderRecords,
        tracker: OrderTracker,
        journal: Journal,
        clock: Clock,
        tasks: TaskScope,
    ) -> None:
        self._venue = venue
        self._gateway = gateway
        self._records = records
        self._tracker = tracker
        self._journal = journal
        self._clock = clock
        self._tasks = tasks
        self._resolving: dict[ClientOrderId, None] = {}
        self._fetching: dict[ClientOrderId, None] = {}
        self._acknowledged: dict[ClientOrderId, int] = {}
        """Since when the verdict on an order is awaited, of the monotonic clock, oldest first."""
        self._awaiting = False
        self._restored = False
        self._turns = LookupTurns(clock)
        records.on_fills_missing = self.fetch_fills
        records.on_returned = Revenants(venue, gateway, journal, clock, tasks).end

    # One order ----------------------------------------------------------------------------------

    async def look_up(self, client_order_id: ClientOrderId) -> bool:
        """Ask the venue once; True if it could tell."""
        return await self._ask(client_order_id) is None

    async def _ask(self, client_order_id: ClientOrderId) -> float | None:
        """Ask the venue once; None if it could tell, else how long to wait at most (s)."""
        info = self._tracker.get(client_order_id)
        if info is None or info.status.terminal:
            return None
        try:
            lookup = await self._gateway.find(client_order_id, info.contract_id)
        except (ExchangeError, OSError) as error:
            logger.warning(
                "event=lookup_failed venue=%s client_order_id=%s error=%r",
                self._venue, client_order_id, error,
            )  # fmt: skip
            self._turns.on_failure()
            return LOOKUP_PAUSE_MAX_S
        self._turns.on_answer()
        if isinstance(lookup, ProvenAbsent):
            self._records.on_absent(client_order_id)
            return None
        if isinstance(lookup, Found):
            self._records.on_order(lookup.info)
            return LOOKUP_PAUSE_MAX_S if lookup.info.status is OrderStatus.PENDING else None
        return LOOKUP_PAUSE_MAX_S if lookup.proof_in_s is None else lookup.proof_in_s

    def resolve(self, client_order_id: ClientOrderId) -> None:
        """Look an order up in the background until it is known."""
        if client_order_id not in self._resolving:
            self._resolving[client_order_id] = None
            self._tasks.start(self._resolve(client_order_id), f"resolve {client_order_id}")

    def expect_verdict(self, client_order_id: ClientOrderId) -> None:
        """Look up an order that was acknowledged, where no event of it comes in time."""
        if not self._pending(client_order_id):
            return
        self._acknowledged[client_order_id] = self._clock.monotonic_ns()
        if not self._awaiting:  # one task for all of them, since a task costs 10 us
            self._awaiting = True
            self._tasks.start(self._await_verdicts(), "verdicts")

    async def _await_verdicts(self) -> None:
        acknowledged = self._acknowledged
        try:
            while acknowledged:
                client_order_id, since_ns = next(iter(acknowledged.items()))
                wait_s = VERDICT_GRACE_S - (self._clock.monotonic_ns() - since_ns) / NS
                if wait_s > 0:
                    await self._clock.sleep(wait_s)
                    continue
                del acknowledged[client_order_id]
                if self._pending(client_order_id):
                    self.resolve(client_order_id)
        finally:
            self._awaiting = False

    def _pending(self, client_order_id: ClientOrderId) -> bool:
        info = self._tracker.get(client_order_id)
        return info is not None and info.status is OrderStatus.PENDING

    def look_again(self, contract_id: ContractId) -> None:
        """Look every open order of a market up: something was not told."""
        for client_order_id in _names(self._tracker.open_orders(contract_id)):
            self.resolve(client_order_id)

    def on_unreadable(self, row: Unreadable) -> list[ClientOrderId]:
        """Ask for the orders that a row names; for all that are open where it names none of ours.

        Returns the orders of ours that it names.
        """
        logger.warning(
            "event=unreadable venue=%s ids=%s reason=%s",
            self._venue, ",".join(row.ids), row.reason,
        )  # fmt: skip
        ours = _names(each for each in map(self._tracker.get, row.ids) if each is not None)
        for client_order_id in ours or _names(self._tracker.open_orders()):
            self.resolve(client_order_id)
        return ours

    async def confirm_end(self, client_order_id: ClientOrderId, *, ask_at_once: bool) -> bool:
        """Wait for the proof that an order has ended, asking in between; False if it is late."""
        if ask_at_once:
            await self.look_up(client_order_id)
        pause_s = LOOKUP_FIRST_S
        for _ in range(CONFIRMATIONS_MAX):
            if await self._records.wait_end(client_order_id, pause_s):
                return True
            await self.look_up(client_order_id)
            pause_s = min(2 * pause_s, LOOKUP_PAUSE_MAX_S)
        return await self._records.wait_end(client_order_id, 0)

    async def _resolve(self, client_order_id: ClientOrderId) -> None:
        pause_s = LOOKUP_FIRST_S
        asked_of = self._tracker.get(client_order_id)
        try:
            for _ in range(LOOKUPS_MAX):
                async with self._turns.next():
                    if self._tracker.get(client_order_id) != asked_of:
                        return  # the stream has told
                    longest_s = await self._ask(client_order_id)
                    if longest_s is None:
                        return
                # The instant from which an answer proves something is not slept through.
                await self._clock.sleep(min(pause_s, longest_s))
                pause_s = min(2 * pause_s, LOOKUP_PAUSE_MAX_S)
                if self._tracker.get(client_order_id) != asked_of:
                    return  # the stream has told
            logger.error(
                "event=outcome_unknown venue=%s client_order_id=%s advice=check_the_venue",
                self._venue, client_order_id,
            )  # fmt: skip
        finally:
            del self._resolving[client_order_id]

    # Fills --------------------------------------------------------------------------------------

    def fetch_fills(self, client_order_id: ClientOrderId) -> None:
        """Ask in the background for fills that a report knows of and that were not told."""
        if client_order_id not in self._fetching:
            self._fetching[client_order_id] = None
            self._tasks.start(self._fetch(client_order_id), f"fills {client_order_id}")

    async def _fetch(self, client_order_id: ClientOrderId) -> None:
        try:
            await self._fetch_fills(client_order_id)
        finally:
            del self._fetching[client_order_id]

    async def _fetch_fills(self, client_order_id: ClientOrderId) -> None:
        """Give the fills a moment, then ask for them; in the end tell the change without them."""
        pause_s = FILL_GRACE_S
        for _ in range(FILL_QUERIES_MAX):
            await self._clock.sleep(pause_s)
            pause_s = min(2 * pause_s, LOOKUP_PAUSE_MAX_S)
            info = self._tracker.get(client_order_id)
            if info is None or self._tracker.fills_missing(client_order_id) <= 0:
                return
            try:
                await self._merge_fills(info.contract_id, info.created_ns or 0)
            except (ExchangeError, OSError) as error:
                logger.warning(
                    "event=fills_failed venue=%s client_order_id=%s error=%r",
                    self._venue, client_order_id, error,
                )  # fmt: skip
        if self._tracker.fills_missing(client_order_id) > 0:
            logger.error(
                "event=fills_missing venue=%s client_order_id=%s size=%s",
                self._venue, client_order_id, self._tracker.fills_missing(client_order_id),
            )  # fmt: skip
            self._records.release(client_order_id)

    async def _merge_fills(self, contract_id: ContractId, since_ns: int) -> list[ClientOrderId]:
        """Take every fill since an instant; return orders of which one could not be read."""
        overlap_ns = FILL_OVERLAP_S * NS
        start_ns = max(since_ns - overlap_ns, 0)
        end_ns = self._clock.now_ns() + overlap_ns
        doubtful: list[ClientOrderId] = []
        for row in await self._gateway.fills(contract_id, start_ns, end_ns):
            if isinstance(row, Unreadable):
                doubtful += self.on_unreadable(row)
            else:
                self._records.on_fill(row)
        return doubtful

    async def read_voided(self) -> None:
        """Take what the venue has voided of late; ExchangeError if it cannot be read."""
        await self._records.voided.read(self._gateway, self._clock.now_ns())

    # Everything ---------------------------------------------------------------------------------

    async def reconcile(self) -> Reconciliation:
        """Read the journal once, then fills and every order that is not over, from the venue."""
        self._restore()
        doubtful: list[ClientOrderId] = []
        for contract_id, since_ns in self._last_known_ns().items():
            doubtful += await self._merge_fills(contract_id, since_ns)
        await self.read_voided()
        unresolved = await self._look_up_open()
        for client_order_id in unresolved:
            self._tracker.mark_unknown(client_order_id, self._clock.now_ns())
            self.resolve(client_order_id)
        in_doubt = tuple(dict.fromkeys([*unresolved, *doubtful]))
        return Reconciliation(dict(self._records.positions), in_doubt)

    async def read_open(self, contract_id: ContractId) -> list[ClientOrderId]:
        """Take the venue's list of open orders; return those of ours that it shows.

        Raises:
            ExchangeError: it could not be read.
        """
        shown: list[ClientOrderId] = []
        for row in await self._gateway.active(contract_id):
            if isinstance(row, Unreadable):
                self.on_unreadable(row)
                continue
            by_ours = (
                None if row.client_order_id is None else self._tracker.get(row.client_order_id)
            )
            known = by_ours or self._tracker.get(row.order_id)
            if known is not None:
                shown += _names([known])
                self._records.on_order(row)
        return shown

    async def _look_up_open(self) -> list[ClientOrderId]:
        """Ask for every order that is not over; return those that stay unknown.

        Those that rest are known by one read, however many they are.
        """
        shown = await self._list_open()
        asked = [each for each in _names(self._tracker.open_orders()) if each not in shown]
        pause_s = LOOKUP_FIRST_S
        for _ in range(RECONCILE_ROUNDS_MAX):
            asked = await self._still_unknown(asked)
            if not asked:
                break
            await self._clock.sleep(pause_s)
            pause_s *= 2
        return asked

    async def _still_unknown(self, asked: Sequence[ClientOrderId]) -> list[ClientOrderId]:
        """Ask for each, until one cannot be asked for; return those that stay unknown."""
        unknown: list[ClientOrderId] = []
        for number, client_order_id in enumerate(asked, 1):
            if not await self.look_up(client_order_id):
                unknown.append(client_order_id)
                if self._turns.failing:
                    return [*unknown, *asked[number:]]
        return unknown

    async def _list_open(self) -> dict[ClientOrderId, None]:
        """Read the lists of markets where several orders of ours may rest; return those shown."""
        open_in = Counter(info.contract_id for info in self._tracker.open_orders())
        shown: dict[ClientOrderId, None] = {}
        for contract_id, count in open_in.items():
            if count < LISTED_FROM:
                continue
            try:
                shown |= dict.fromkeys(await self.read_open(contract_id))
            except (ExchangeError, OSError) as error:
                logger.warning(
                    "event=list_failed venue=%s contract_id=%s error=%r next=ask_for_each",
                    self._venue, contract_id, error,
                )  # fmt: skip
        return shown

    def _restore(self) -> None:
        """Rebuild the tracker from the journal, once, order by order; no handler hears of it."""
        if self._restored:
            return
        self._restored = True
        outcomes = {info.client_order_id: info for info in self._journal.outcomes(self._venue)}
        fills: dict[ClientOrderId | None, list[Fill]] = {}
        for fill in self._journal.fills(self._venue):
            fills.setdefault(fill.client_order_id, []).append(fill)
            self._records.voided.know(fill)
        for intent in self._journal.intents(self._venue):
            if intent.kind is not IntentKind.PLACE or intent.order is None:
                continue
            client_order_id = intent.client_order_id
            if self._tracker.get(client_order_id) is not None:
                continue
            self._tracker.track(intent.order, intent.at_ns)
            for fill in fills.get(client_order_id, ()):
                if fill.voids is not None or self._tracker.on_fill(fill):
                    self._records.restore(fill)
            outcome = outcomes.get(client_order_id)
            if outcome is not None:
                self._tracker.on_report(outcome)
            # The process may have died between a fill and the state that follows from it.
            self._records.complete(client_order_id, outcome)

    def _last_known_ns(self) -> dict[ContractId, int]:
        """Return, by contract of ours, the instant from which fills may be missing.

        The journal is not asked, which after weeks would keep everything else waiting: whatever it
        has came by here, now or when it was read at the start.
        """
        since = dict(self._tracker.first_ns)
        for contract_id, last_ns in self._records.last_fill_ns.items():
            since[contract_id] = max(since.get(contract_id, 0), last_ns)
        for info in self._tracker.with_fills_missing():
            created_ns = info.created_ns or 0
            since[info.contract_id] = min(since.get(info.contract_id, created_ns), created_ns)
        return since


def _names(orders: Iterable[OrderInfo]) -> list[ClientOrderId]:
    """Return our names of orders, each once."""
    names = dict.fromkeys(info.client_order_id for info in orders)
    return [name for name in names if name is not None]
