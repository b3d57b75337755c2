"""A real venue, or a simulator of one, as a run sees it: one account over one link.

What the venue alone knows is asked of it: cash at the beginning and the end, and the funding that
was paid meanwhile. Orders that stay may trade while a run ends, and the cash is then not of the
instant at which the run's books were closed, so that nothing is said of it. When the run began, and
with how much, is kept with the run's state, so that a restart goes on with both. Fills and orders
of before come from the journal.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from app.run_venue import Ears, Provenance
from database.journal import SqliteJournal
from exchange_clients.base_models import NS, ContractId, Fill, Market
from exchange_clients.errors import ExchangeError
from exchange_clients.events import FundingPayment, Signal, StreamSignal
from exchange_clients.shared.account_words import PaymentWords
from exchange_clients.shared.client.venue_client import VenueClient
from exchange_clients.shared.funding_adapter.adapter import VenueFundingAdapter
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.tasks import TaskScope
from reporting.report import SourceMeta

logger = logging.getLogger(__name__)

PAYMENTS_EVERY_S = 300.0
"""How often the venue is asked for funding; it is paid hourly at most."""
READ_AGAIN_S = 6 * 3600.0
"""Payments are read again from so long before they were last: a venue may list one late."""
SETTLE_TIMEOUT_S = 10.0
"""How long the end waits for the venue's books."""
ENDING_S = 60.0
"""Fills from so long before the end on, and so long ahead of our clock, may be of the ending."""
HEARD_MAX = 500
"""Fills that are remembered as heard; fewer trade so shortly before an end."""
LOST = (Signal.GAP, Signal.STALE)
START_PREFIX = "start/"
"""Before the venue's name: when the run began there, and with how much."""


class Start(msgspec.Struct, frozen=True):
    """What a venue was like when the run began."""

    at_ns: int
    balance: Decimal


class LiveVenue:
    """One account at one venue; ``open`` makes it.

    Args:
        link: Open, and borrowed until ``close``.
        client: Connected over this link.
        market: What is traded.
        start: How the run began.
        payments: Funding since then, oldest first.
        fills: What this run has traded there before, oldest first.
    """

    def __init__(
        self,
        link: VenueLink,
        client: VenueClient,
        market: Market,
        start: Start,
        payments: Sequence[FundingPayment],
        fills: Sequence[Fill] = (),
    ) -> None:
        self.client = client
        self.market = market
        self.funding = VenueFundingAdapter(link)
        self._link = link
        self._start = start
        self._past_payments = payments
        self._told = {market.contract_id: {each.payment_id: each.venue_ns for each in payments}}
        """Payments that may be listed again, by contract, with when they were (epoch ns)."""
        self._from_ns: dict[ContractId, int] = {}
        """From when on payments are asked for; from the beginning of the run on where none is."""
        self._ears: Ears | None = None
        self._balance: Decimal | None = None
        self._traded = dict.fromkeys(fill.contract_id for fill in fills)
        self._heard = dict.fromkeys(fill.trade_id for fill in fills[-HEARD_MAX:])
        """The run's latest fills."""
        self._moved = False
        """Whether something of the run traded after its books were closed."""
        self._closed_ns: int | None = None
        """When they were (epoch ns)."""
        client.setup_fill_handler(self._on_fill)
        self._tasks = TaskScope()

    @property
    def name(self) -> str:
        """The venue."""
        return self.client.get_exchange_name()

    @property
    def started_ns(self) -> int:
        """When the run began, before any restart."""
        return self._start.at_ns

    @property
    def starting_balance(self) -> Decimal:
        """The account's cash when the run began."""
        return self._start.balance

    def listen(self, ears: Ears) -> None:
        """Tell ``ears`` of the payments there were, and of what comes."""
        self._ears = ears
        for payment in self._past_payments:
            ears.past(payment)
        self.client.stream.add_signal_listener(self._on_signal)

    def begin(self) -> None:
        """Ask for funding payments now and then."""
        self._tasks.start(self._watch_payments(), f"funding {self.name}")

    def deliver(self) -> None:
        """Take it that the run's books are closed; what is on its way cannot be hurried."""
        self._closed_ns = self._link.clock.now_ns()

    async def settle(self) -> None:
        """Ask for the last payments and the cash at the end, if nothing has traded meanwhile."""
        await self._tasks.close()
        try:
            async with self._link.clock.deadline(SETTLE_TIMEOUT_S):
                await self._tell_payments(*self._traded)
                cash = await cash_of(self._link)
                if await self._traded_on():
                    logger.warning(
                        "event=traded_while_ending venue=%s next=report_without_cash", self.name
                    )
                else:
                    self._balance = cash
        except (ExchangeError, OSError) as error:  # a timeout is an OSError
            logger.warning(
                "event=books_not_read venue=%s error=%r next=report_without", self.name, error
            )

    def balance(self) -> Decimal | None:
        """Return the cash at the end; None where it was not read, or orders traded meanwhile."""
        return self._balance

    def budget_left(self) -> dict[str, float]:
        """Return which part of each of the venue's rate limits is free (0 to 1), by name."""
        return self._link.budget_left()

    def progress(self) -> float | None:
        """Return None: a venue has no known end."""
        return None

    def provenance(self) -> Provenance:
        """Say which venue it was."""
        return Provenance(SourceMeta(f"{self.name} {self._link.environment.name}", "depth"))

    async def close(self) -> None:
        """Let the account go."""
        await self._tasks.close()
        await self.funding.close()
        await self.client.disconnect()
        await self._link.close()

    def _on_fill(self, fill: Fill) -> None:
        self._traded[fill.contract_id] = None
        if self._closed_ns is not None:
            self._moved = True
        self._heard[fill.trade_id] = None
        if len(self._heard) > HEARD_MAX:
            del self._heard[next(iter(self._heard))]

    async def _traded_on(self) -> bool:
        """Tell whether something has traded since the run's books were closed."""
        assert self._link.private is not None, "only an account trades"
        if self._closed_ns is None or self._moved:
            return self._moved
        aside_ns = round(ENDING_S * NS)
        start_ns = self._closed_ns - aside_ns
        end_ns = self._link.clock.now_ns() + aside_ns
        for contract_id in self._traded:
            listed = self._link.private.orders.fills(contract_id, start_ns, end_ns)
            for fill in await self._link.run(listed):
                if isinstance(fill, Fill) and fill.trade_id not in self._heard:
                    return True
        return False

    async def _watch_payments(self) -> None:
        while True:
            await self._link.clock.sleep(PAYMENTS_EVERY_S)
            try:
                await self._tell_payments()
            except ExchangeError as error:
                logger.warning(
                    "event=payments_not_read venue=%s error=%r next=ask_again", self.name, error
                )

    async def _tell_payments(self, *others: ContractId) -> None:
        """Tell what was paid in the run's own market, and in others.

        What was told is remembered for twice as long as it may be listed again, because a venue may
        begin a list a little earlier than it was asked to; what is older still was told long ago.
        """
        again_ns = round(READ_AGAIN_S * NS)
        for contract_id in dict.fromkeys((self.market.contract_id, *others)):
            from_ns = self._from_ns.get(contract_id, self._start.at_ns)
            next_ns = max(from_ns, self._link.now_ms() * 1_000_000 - again_ns)
            told = self._told.setdefault(contract_id, {})
            for payment in await payments_since(self._link, contract_id, from_ns):
                if payment.payment_id not in told and payment.venue_ns >= from_ns - again_ns:
                    told[payment.payment_id] = payment.venue_ns
                    if self._ears is not None:
                        self._ears.funding(payment)
            self._from_ns[contract_id] = next_ns
            for payment_id in [each for each, at_ns in told.items() if at_ns < next_ns - again_ns]:
                del told[payment_id]

    def _on_signal(self, signal: StreamSignal) -> None:
        mine = signal.contract_id in (None, self.market.contract_id)
        if mine and signal.signal in LOST and self._ears is not None:
            self._ears.gap(signal.local_ns, signal.detail)


async def open_venue(
    link: VenueLink,
    make_client: Callable[[VenueLink], VenueClient],
    ticker: str,
    journal: SqliteJournal,
) -> LiveVenue:
    """Connect the account and learn its market, its cash and its past.

    Raises:
        ExchangeError: the venue could not be reached or read, or refused the account.
        ValueError: the ticker is not traded there.
    """
    link.acquire()
    client = make_client(link)
    try:
        await client.connect()
        contract_id, _ = await client.get_contract_attributes(ticker)
        market = client.market(contract_id)
        name = client.get_exchange_name()
        start = await _start_of(link, name, journal)
        payments = await payments_since(link, contract_id, start.at_ns)
        fills = journal.fills(name)
    except BaseException:
        await client.disconnect()
        await link.close()
        raise
    return LiveVenue(link, client, market, start, payments, fills)


async def cash_of(link: VenueLink) -> Decimal:
    """Return the account's cash (USD): its equity without what open positions are worth."""
    assert link.private is not None, "only an account has cash"
    funds = await link.run(link.private.account.balance())
    return funds.equity - funds.unrealised


async def payments_since(
    link: VenueLink, contract_id: ContractId, since_ns: int
) -> Sequence[FundingPayment]:
    """Return funding of a market since an instant (epoch ns); none where the venue lists none."""
    assert link.private is not None, "only an account is paid"
    words = link.private.account
    if not isinstance(words, PaymentWords):
        return ()
    now_ns = link.now_ms() * 1_000_000
    if now_ns <= since_ns:
        return ()
    return await link.run(words.payments(contract_id, since_ns, now_ns))


async def _start_of(link: VenueLink, name: str, journal: SqliteJournal) -> Start:
    """Return how the run began: as kept, or as it is now, which is then kept."""
    key = f"{START_PREFIX}{name}"
    kept = journal.load_state(key)
    if kept is not None:
        return msgspec.json.decode(kept, type=Start)
    start = Start(link.clock.now_ns(), await cash_of(link))
    journal.save_state(key, msgspec.json.encode(start).decode(), start.at_ns)
    return start
