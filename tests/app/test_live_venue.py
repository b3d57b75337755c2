"""What a run learns of a venue that it does not keep itself: cash, funding, and when it began."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from app import live_venue
from app.live_venue import LiveVenue, open_venue
from app.network import network_client
from app.run_venue import Ears
from database.journal import SqliteJournal
from exchange_clients.base_models import NS, ContractId
from exchange_clients.events import FundingPayment
from exchange_clients.paper.sources.synthetic import DEFAULT_START_NS
from exchange_clients.shared.client.venue_client import VenueClient
from exchange_clients.shared.clock import Rng
from exchange_clients.shared.credentials import read_credentials
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.signing import simulated_seal
from exchange_clients.shared.transport.memory_transport import (
    MemoryHttpTransport,
    MemorySocketTransport,
)
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from tests.support.venue_books import ACCRUING
from venue_simulators.catalogue import VENUES, build
from venue_simulators.memory import MemoryHost
from venue_simulators.misbehaviour import misbehaving
from venue_simulators.options import SignatureDepth, SimulatorOptions

START_NS = DEFAULT_START_NS + (8 * 3600 - 60) * NS
"""A minute before every venue settles funding."""
A_WHILE_S = 400.0
"""Until the payments have been asked for."""
Story: TypeAlias = Callable[["Place"], Coroutine[Any, Any, None]]


class Place:
    """A venue in memory that outlives its visitors."""

    def __init__(self, name: str, clock: VirtualClock, journal: SqliteJournal) -> None:
        options = SimulatorOptions(
            symbols=("BTC",), start_ns=clock.now_ns(), signatures=SignatureDepth.DIGEST
        )
        self.clock = clock
        self.venue = misbehaving(build(name, options))
        self.host = MemoryHost(self.venue, clock.now_ns, clock.call_later)
        self.words = network_client(name).VENUE
        self.journal = journal
        self.payments: list[FundingPayment] = []
        self.past: list[object] = []
        self.gaps: list[str] = []

    async def open(self, ticker: str = "BTC") -> LiveVenue:
        """Return the venue as a new process finds it, with ears."""
        services = {service.name: service.hosts[0] for service in self.venue.services}
        link = VenueLink(
            self.words,
            self.words.environments["prod"],
            read_credentials(self.words.name, self.words.fields, self.venue.environment(services)),
            http=MemoryHttpTransport(self.host.resolve, self.clock),
            sockets=MemorySocketTransport(self.host.resolve),
            clock=self.clock,
            rng=Rng(1),
            seal=simulated_seal,
        )
        venue = await open_venue(link, partial(_client, self.journal), ticker, self.journal)
        self.payments, self.past, self.gaps = [], [], []
        venue.listen(
            Ears(self.past.append, self.payments.append, lambda at, why: self.gaps.append(why))
        )
        return venue


def _client(journal: SqliteJournal, link: VenueLink) -> VenueClient:
    return VenueClient(link, journal=journal)


def play(name: str, folder: Path, story: Story) -> None:
    """Let a story happen on virtual time."""

    async def main(loop: VirtualLoop) -> None:
        journal = SqliteJournal(folder / "run.db")
        place = Place(name, VirtualClock(loop), journal)
        await story(place)
        place.host.close()
        journal.close()

    run_virtual(main, epoch_ns=START_NS)


@pytest.mark.parametrize("name", VENUES)
def test_funding_is_heard_once_and_told_again_to_the_next_process(
    name: str, tmp_path: Path
) -> None:
    async def story(place: Place) -> None:
        venue = await place.open()
        assert venue.starting_balance == 10_000
        venue.begin()
        await venue.client.stream.prepare_market_feed("BTC")
        contract_id = venue.market.contract_id
        order = await venue.client.place_market_order(contract_id, Decimal("0.01"), "buy")
        assert order.success
        await place.clock.sleep(A_WHILE_S)
        if name in ACCRUING:  # what accrued is paid with the next fill
            await venue.client.place_market_order(contract_id, Decimal("0.01"), "buy")
            await place.clock.sleep(A_WHILE_S)
        first = list(place.payments)
        assert first
        assert len({payment.payment_id for payment in first}) == len(first)
        assert all(payment.contract_id == contract_id for payment in first)
        assert place.past == []
        await venue.client.disconnect()
        await venue.settle()
        fills = place.journal.fills(name)
        paid = sum((payment.amount for payment in place.payments), Decimal(0))
        fees = sum((fill.fee for fill in fills), Decimal(0))
        balance = venue.balance()
        assert balance is not None
        assert abs(balance - (10_000 - fees + paid)) < Decimal("0.01")
        await venue.close()

        again = await place.open()
        assert place.past == first
        assert again.started_ns == venue.started_ns
        assert again.starting_balance == 10_000
        await again.settle()
        assert place.payments == []
        await again.close()

    play(name, tmp_path, story)


def test_funding_of_long_ago_is_asked_for_once_and_then_what_may_be_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed: list[FundingPayment] = []
    asked: list[int] = []

    async def answer(
        link: VenueLink, contract_id: ContractId, since_ns: int
    ) -> list[FundingPayment]:
        asked.append(since_ns)
        return [each for each in listed if each.venue_ns >= since_ns]

    monkeypatch.setattr(live_venue, "payments_since", answer)
    monkeypatch.setattr(live_venue, "READ_AGAIN_S", 600.0)

    async def story(place: Place) -> None:
        venue = await place.open()
        venue.begin()
        for number in range(9):
            at_ns = place.clock.now_ns()
            contract_id = venue.market.contract_id
            paid = FundingPayment(str(number), contract_id, Decimal(1), "USD", None, None, at_ns)
            listed.append(paid)
            await place.clock.sleep(live_venue.PAYMENTS_EVERY_S)
        assert [each.payment_id for each in place.payments] == [*map(str, range(9))]
        assert asked[:2] == [venue.started_ns] * 2
        assert asked[-1] > venue.started_ns + 600 * NS
        assert len(venue._told[venue.market.contract_id]) < len(listed)
        await venue.close()

    play("backpack", tmp_path, story)


def test_a_book_that_is_lost_is_a_gap_of_the_run(tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        venue = await place.open()
        assert await venue.client.stream.prepare_market_feed("BTC")
        place.venue.cut()
        await place.clock.sleep(30)
        assert len(place.gaps) == 1
        await venue.close()

    play("backpack", tmp_path, story)


def test_books_that_cannot_be_read_at_the_end_leave_the_balance_open(tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        venue = await place.open()
        await venue.client.disconnect()
        place.host.close()
        await venue.settle()
        assert venue.balance() is None
        await venue.close()

    play("backpack", tmp_path, story)


@pytest.mark.parametrize("heard", [True, False])
@pytest.mark.parametrize("name", VENUES)
def test_cash_of_a_run_that_traded_while_it_ended_is_not_compared(
    name: str, heard: bool, tmp_path: Path
) -> None:
    async def story(place: Place) -> None:
        venue = await place.open()
        assert await venue.client.stream.prepare_market_feed("BTC")
        contract_id = venue.market.contract_id
        await venue.client.place_market_order(contract_id, Decimal("0.01"), "buy")
        await place.clock.sleep(5)
        await venue.close()
        again = await place.open()
        assert await again.client.stream.prepare_market_feed("BTC")
        bid, _ = await again.client.fetch_bbo_prices(contract_id)
        rests = await again.client.place_limit_order(contract_id, Decimal("0.01"), bid, "buy")
        assert rests.success
        again.deliver()
        if not heard:
            await again.client.disconnect()
        await place.clock.sleep(A_WHILE_S)
        if heard:
            assert len(place.journal.fills(name)) == 2
            await again.client.disconnect()
        await again.settle()
        assert again.balance() is None
        await again.close()

        last = await place.open()
        last.deliver()
        await last.settle()
        assert last.balance() is not None
        assert len(place.journal.fills(name)) == 2
        await last.close()

    play(name, tmp_path, story)


def test_a_market_that_is_not_traded_leaves_nothing_open(tmp_path: Path) -> None:
    async def story(place: Place) -> None:
        with pytest.raises(ValueError, match="Market NONE not found"):
            await place.open("NONE")

    play("backpack", tmp_path, story)
