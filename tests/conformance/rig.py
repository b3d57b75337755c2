"""One simulated venue, a client of it on virtual time, and what a case may do to either.

Cases judge by the venue's own books (``world_*``) and by what reached it (``requests``), never by
what the client says of itself alone.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias, Unpack

from exchange_clients.base_models import (
    NS,
    ClientOrderId,
    ContractId,
    Fill,
    OrderInfo,
    OrderResult,
    OrderStatus,
    Side,
    Symbol,
)
from exchange_clients.events import StreamSignal
from exchange_clients.journal import Journal, MemoryJournal
from exchange_clients.shared.client.venue_client import VenueClient, VenueClientOptions
from exchange_clients.shared.clock import Rng
from exchange_clients.shared.credentials import read_credentials
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from tests.conformance.altered import Altered, Change
from tests.conformance.venues import Body, Channel, Conforming, Deed
from tests.support.venue_links import link_in_memory
from venue_simulators.fault_plan import FaultPlan, Terms
from venue_simulators.last_words import LAST_WORDS, nothing
from venue_simulators.memory import LATENCY_NS, MemoryHost
from venue_simulators.misbehaviour import Misbehaving
from venue_simulators.options import SignatureDepth, SimulatorOptions
from venue_simulators.request_log import Logged
from venue_simulators.scripted_source import START_NS, Levels, ScriptedMarket
from venue_simulators.world import HeldPosition, Wanted, World

D = Decimal
BID, ASK = D(100_000), D(100_010)
"""The best prices of BTC in the beginning."""
BIDS: Levels = [(BID, D(5)), (D(99_990), D(4)), (D(99_980), D(3))]
ASKS: Levels = [(ASK, D(5)), (D(100_020), D(4)), (D(100_030), D(3))]
SIZE = D("0.01")
EXTRA = D("0.001")
"""What a venue fills beyond an order."""
PASSIVE = D(99_900)
"""A price at which a buy rests, below every level of the market."""
ACCOUNT = "main"
BALANCE = D(10_000)
BTC, ETH, PEPE = Symbol("BTC"), Symbol("ETH"), Symbol("PEPE")
POLL_S = 0.01
SETTLE_S = 2.0
"""In which everything that was begun has come to its end, where nothing goes wrong."""

_BOOKS: dict[str, tuple[Levels, Levels]] = {
    "BTC": (BIDS, ASKS),
    "ETH": ([(D(4000), D(50)), (D(3999), D(40))], [(D(4001), D(50)), (D(4002), D(40))]),
    "PEPE": (
        [(D("0.009000"), D(900_000)), (D("0.008999"), D(500_000))],
        [(D("0.009001"), D(900_000)), (D("0.009002"), D(500_000))],
    ),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """What a case wants otherwise than it usually is."""

    connects: bool = True
    """Whether the client is connected before the case begins."""
    feeds: bool = False
    """Whether BTC's live book is ready before the case begins."""
    lag_s: float | None = None
    """By how much the venue's lists trail what happens; None is what is usual there."""
    exclusive: bool = False
    balance: Decimal = BALANCE
    accounts: tuple[str, ...] = (ACCOUNT,)
    max_book_age_s: float = 30.0
    ticker: str | None = "BTC"
    order_socket: bool = False
    """Whether orders go over a WebSocket where the venue takes them so."""


Case: TypeAlias = Callable[..., Coroutine[object, object, None]]
"""Takes a rig, and what it is parametrised by."""
_SETTINGS: dict[Case, Setting] = {}


def setting(chosen: Setting) -> Callable[[Case], Case]:
    """Let a case begin otherwise than usual."""

    def remember(case: Case) -> Case:
        _SETTINGS[case] = chosen
        return case

    return remember


class Rig:
    """A venue, its market, one account's client, and what its handlers heard.

    Args:
        facts: The venue.
        chosen: What the case wants.
        clock: Virtual time.
    """

    def __init__(self, facts: Conforming, chosen: Setting, clock: VirtualClock) -> None:
        self.facts = facts
        self.chosen = chosen
        self.clock = clock
        self.market = ScriptedMarket(
            {facts.markets[symbol]: book for symbol, book in _BOOKS.items()}, clock.now_ns()
        )
        simulator = facts.build(
            SimulatorOptions(
                symbols=tuple(_BOOKS),
                balance=chosen.balance,
                accounts=chosen.accounts,
                source=self.market,
                signatures=SignatureDepth.DIGEST,
            ),
            chosen.lag_s,
        )
        self.world: World = simulator.world
        self.plan = FaultPlan()
        self.altered = Altered(simulator)
        self.venue = Misbehaving(self.altered, self.plan)
        self.host = MemoryHost(self.venue, clock.now_ns, clock.call_later)
        self.journal: Journal = MemoryJournal()
        self.link = self.new_link()
        self.client = self.new_client()

    def new_link(self, *, private: bool = True) -> VenueLink:
        """Return another link to the same account, as another process has it."""
        return link_in_memory(
            self.facts.words,
            self.venue,
            self.host.resolve,
            self.clock,
            Rng(7),
            private=private,
            order_socket=self.chosen.order_socket,
        )

    def new_client(self, link: VenueLink | None = None) -> VenueClient:
        """Return a client over the rig's journal whose handlers write down what they hear."""
        self.fills: list[Fill] = []
        self.orders: list[OrderInfo] = []
        self.signals: list[StreamSignal] = []
        self.private: list[object] = []
        client = VenueClient(
            link or self.link,
            journal=self.journal,
            options=VenueClientOptions(
                ticker=self.chosen.ticker,
                max_book_age_s=self.chosen.max_book_age_s,
                exclusive=self.chosen.exclusive,
            ),
        )
        client.setup_fill_handler(self.fills.append)
        client.setup_order_update_handler(self.orders.append)
        client.stream.add_signal_listener(self.signals.append)
        client.stream.add_private_listener(self.private.append)
        return client

    async def restart(self) -> None:
        """Connect another client over the same journal, as the next process does."""
        self.link = self.new_link()
        self.client = self.new_client()
        await self.client.connect()

    @property
    def btc(self) -> ContractId:
        """The contract that most cases trade."""
        return self.facts.btc

    # Time -----------------------------------------------------------------------------------------

    async def settle(self, seconds: float = SETTLE_S) -> None:
        """Let time pass."""
        await self.clock.sleep(seconds)

    async def until(self, condition: Callable[[], bool], seconds: float = 30.0) -> None:
        """Wait until something has become true, and fail where it does not."""
        for _ in range(round(seconds / POLL_S)):
            if condition():
                return
            await self.clock.sleep(POLL_S)
        assert condition(), f"not true within {seconds:g} s"

    # Orders of ours -------------------------------------------------------------------------------

    async def buy(
        self, size: Decimal = SIZE, price: Decimal = PASSIVE, *, post_only: bool = False
    ) -> OrderResult:
        """Place a limit buy of BTC."""
        return await self.client.place_limit_order(
            self.btc, size, price, Side.BUY, post_only=post_only
        )

    async def rest_a_buy(
        self, size: Decimal = SIZE, price: Decimal = PASSIVE, *, post_only: bool = False
    ) -> ClientOrderId:
        """Place a buy that rests, and wait until the client knows that it does."""
        placed = await self.buy(size, price, post_only=post_only)
        assert placed.success, placed
        assert placed.client_order_id is not None
        name = placed.client_order_id
        await self.until(lambda: self.heard(name) is OrderStatus.OPEN)
        return name

    async def buy_at_once(self, size: Decimal = SIZE) -> ClientOrderId:
        """Buy at the market's price, and wait until the client knows of it."""
        placed = await self.client.place_limit_order(self.btc, size, ASK + 10, Side.BUY)
        assert placed.client_order_id is not None
        name = placed.client_order_id
        await self.until(lambda: self.heard(name) is OrderStatus.FILLED)
        return name

    def heard(self, name: ClientOrderId) -> OrderStatus | None:
        """Return the last state of an order that the handlers heard of."""
        told = [info.status for info in self.orders if info.client_order_id == name]
        return told[-1] if told else None

    async def info(self, name: ClientOrderId) -> OrderInfo:
        """Return an order as the client knows it."""
        info = await self.client.get_order_info(name)
        assert info is not None, f"{name} is told to be absent"
        return info

    # The market -----------------------------------------------------------------------------------

    def let_the_market_sell(self, size: Decimal, price: Decimal = PASSIVE - 10) -> None:
        """Let a stranger sell down to a price: buys of ours above it are filled by ``size``."""
        self._move(lambda: self.market.print_trade(self.btc, price, size, Side.SELL))

    def set_book(self, bids: Levels, asks: Levels, contract_id: ContractId | None = None) -> None:
        """Show another book of BTC."""
        self._move(lambda: self.market.set_book(contract_id or self.btc, bids, asks))

    def at_the_venue(self, deed: Callable[[World], object]) -> None:
        """Let something happen at the venue without the client: by its owner, or by the venue."""
        self._move(lambda: deed(self.world))

    def fill_on(self, size: Decimal = EXTRA) -> None:
        """Let the venue fill its last order by more than that had asked for."""
        order_id, at_ns = self.world_orders()[-1].order_id, self.world.now_ns
        self.at_the_venue(lambda world: world.deeds.overfill(ACCOUNT, order_id, size, at_ns))

    def place_by_hand(self) -> None:
        """Let the account's owner buy at the market's price, past the client."""
        wanted = Wanted(self.btc, Side.BUY, SIZE, ASK)
        self.at_the_venue(lambda world: world.place(ACCOUNT, wanted))

    def _move(self, deed: Callable[[], object]) -> None:
        self.host.pump()
        deed()
        # What the simulator itself has to tell of it, it tells when time passes there.
        self.host.pump()

    # What goes wrong ------------------------------------------------------------------------------

    def befall(self, kind: str, deed: Deed, times: int | None = 1, **how: Unpack[Terms]) -> None:
        """Let a fault befall the next requests of a kind; ``times`` None is all of them."""
        self._plan(kind, {**self.facts.deeds[deed], **how}, times)

    def disturb(
        self, kind: str, channel: Channel, times: int | None = 1, **how: Unpack[Terms]
    ) -> None:
        """Let a fault befall the next frames of a kind; ``times`` None is all of them."""
        self._plan(kind, {**self.facts.channels[channel], **how}, times)

    def _plan(self, kind: str, terms: Terms, times: int | None) -> None:
        if times is None:
            self.plan.always(kind, **terms)
        else:
            self.plan.once(kind, times, **terms)

    def throttle(self, deed: Deed, times: int | None, seconds: float) -> None:
        """Let the venue refuse the next requests of a kind for their rate."""
        body = self.facts.bodies[Body.THROTTLED]
        self.befall("rp.status", deed, times, status=429, seconds=seconds, body=body)

    def refuse_the_account(self, deed: Deed, times: int | None) -> None:
        """Let the venue not know the account in the next requests of a kind."""
        body = self.facts.bodies[Body.UNAUTHORISED]
        status = self.facts.refusal_status or 401
        self.befall("rp.status", deed, times, status=status, body=body)

    def let_the_second_page_fail(self, deed: Deed) -> None:
        """Let the next list fail once its first page was answered."""
        on_its_way_back_s = 1.5 * LATENCY_NS / NS
        self.clock.call_later(
            on_its_way_back_s, lambda: self.befall("rp.status", deed, None, status=500)
        )

    def cut_the_streams(self) -> None:
        """Break every WebSocket connection, now."""
        self._move(lambda: self.venue.cut(service="*ws*"))

    def announce_the_end(self, seconds: float) -> None:
        """Let the venue say, if it does, that every connection is closed then, and do it."""
        words = LAST_WORDS.get(self.venue.name, nothing)
        self._move(lambda: self.venue.close_soon(round(seconds * NS), words))

    # What the venue knows -------------------------------------------------------------------------

    def world_orders(self) -> Sequence[OrderInfo]:
        """Return every order that the account ever had, oldest first."""
        return self.world.orders(ACCOUNT)

    def world_open(self) -> Sequence[OrderInfo]:
        """Return its open orders."""
        return self.world.open_orders(ACCOUNT)

    def world_fills(self) -> Sequence[Fill]:
        """Return its fills."""
        return self.world.fills(ACCOUNT)

    def world_position(self, contract_id: ContractId | None = None) -> Decimal:
        """Return its signed position."""
        wanted = contract_id or self.btc
        return sum(
            (held.size for held in self.world_positions() if held.contract_id == wanted), D(0)
        )

    def world_positions(self) -> Sequence[HeldPosition]:
        """Return its open positions."""
        return self.world.positions(ACCOUNT)

    def requests(self, deed: Deed) -> list[Logged]:
        """Return the requests of a kind that were sent, whether or not they arrived."""
        terms = self.facts.deeds[deed]
        return [
            each
            for each in self.venue.log.matching(
                terms.get("method", "*"), terms.get("path", "*"), service=terms.get("service", "*")
            )
            if terms.get("contains", "") in f"{each.query}\n{each.text}"
        ]

    def logins(self) -> int:
        """Return how often the client logged in."""
        terms = self.facts.login
        return 0 if terms is None else len(self.venue.log.matching(path=terms["path"]))

    def secrets(self) -> Sequence[str]:
        """Return what nobody may print."""
        words = self.facts.words
        urls = {service.name: service.hosts[0] for service in self.venue.services}
        return read_credentials(words.name, words.fields, self.venue.environment(urls)).secrets

    def handshakes(self) -> list[Logged]:
        """Return the WebSocket handshakes that were tried."""
        return self.venue.log.matching("GET", service="*ws*")


def play(
    facts: Conforming,
    case: Case,
    change: Change | None = None,
    given: Mapping[str, object] | None = None,
) -> Rig:
    """Run a case on a venue, which may say everything in another way; return what is left.

    Args:
        facts: The venue.
        case: An async function of a rig.
        change: Rewords what the venue says.
        given: Further parameters of the case.
    """
    chosen = _SETTINGS.get(case, Setting())
    rigs: list[Rig] = []

    async def main(loop: VirtualLoop) -> None:
        rig = Rig(facts, chosen, VirtualClock(loop))
        rig.altered.change = change
        rigs.append(rig)
        if chosen.connects:
            await rig.client.connect()
        if chosen.feeds:
            assert await rig.client.stream.prepare_market_feed(rig.btc)
        try:
            await case(rig, **(given or {}))
        finally:
            await rig.client.disconnect()
            rig.host.close()

    run_virtual(main, epoch_ns=START_NS)
    return rigs[0]
