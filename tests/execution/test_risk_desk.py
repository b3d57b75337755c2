"""What the risk desk does of its own: closes what is ours, goes on while a venue is away, stops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import cast

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import (
    ContractId,
    ExchangePositionSnapshot,
    Fill,
    Liquidity,
    Side,
    Symbol,
    TradeId,
    VenueOrderId,
)
from exchange_clients.errors import OutcomeUnknown
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from execution.close_out import closing_order, ours_of, owned_quantities
from execution.key_book import KeyBook
from execution.order_desk import OrderDesk
from execution.order_params import OrderParams
from execution.risk_desk import RiskDesk
from execution.withheld_legs import NoLegs
from helpers.risk_values import HeldPosition, RiskLimits, RiskState

BTC = ContractId("BTC")
EVERY_S = 15.0


def fill(size: str, side: Side = Side.BUY) -> Fill:
    return Fill(
        trade_id=TradeId(size),
        order_id=VenueOrderId("1"),
        client_order_id=None,
        contract_id=BTC,
        side=side,
        price=Decimal(100),
        size=Decimal(size),
        fee=Decimal(0),
        fee_asset="USD",
        liquidity=Liquidity.TAKER,
        venue_ns=0,
    )


@dataclass
class Venue:
    """An account that the test makes rich, poor or silent."""

    name: str
    value: Decimal = Decimal(10_000)
    quantity: Decimal = Decimal(0)
    away: bool = False

    def supports_risk_management(self) -> bool:
        return True

    def get_exchange_name(self) -> str:
        return self.name

    async def get_total_asset_value(self) -> Decimal:
        if self.away:
            raise OutcomeUnknown("no answer")
        return self.value

    async def get_detailed_positions(self) -> Sequence[ExchangePositionSnapshot]:
        if not self.quantity:
            return []
        return [ExchangePositionSnapshot(Symbol("BTC"), BTC, self.quantity)]


@dataclass
class Store:
    """State and fills in memory."""

    filled: dict[str, list[Fill]] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)

    def save_state(self, key: str, value_json: str, at_ns: int = 0) -> None:
        self.kept[key] = value_json

    def load_state(self, key: str) -> str | None:
        return self.kept.get(key)

    def load_states(self, prefix: str) -> dict[str, str]:
        return {key: value for key, value in self.kept.items() if key.startswith(prefix)}

    def fills(self, venue: str) -> Sequence[Fill]:
        return self.filled.get(venue, [])

    def first_order_ns(self, venue: str) -> int | None:
        raise AssertionError("a risk desk reads fills from its own store alone")

    def record_fill(self, venue: str, fill: Fill) -> bool:
        raise AssertionError("a risk desk only reads fills")


class _Desk:
    """No orders in flight."""

    keys = KeyBook()

    async def settle(self, timeout_s: float) -> None:
        del timeout_s


class Bot:
    """Carries orders out at once, at venues that answer."""

    def __init__(self, clock: VirtualClock, venues: Sequence[Venue]) -> None:
        self.clock = clock
        self.venues = {each.name: each for each in venues}
        self.sent: list[tuple[float, OrderParams]] = []
        self.stopped: list[tuple[float, str]] = []
        self.desk = cast("OrderDesk", _Desk())  # the part that is asked

    def carry_out(
        self, orders: Sequence[OrderParams], cancels: Sequence[str], reason: str = ""
    ) -> None:
        del cancels, reason
        for order in orders:
            venue = self.venues[order.venue or ""]
            self.sent.append((self.now_s, order))
            if not venue.away:
                venue.quantity += order.side.sign * order.quantity

    def request_stop(self, reason: str) -> None:
        self.stopped.append((self.now_s, reason))

    @property
    def now_s(self) -> float:
        return self.clock.now_ns() / 1e9


def desk_of(venues: Sequence[Venue], store: Store, clock: VirtualClock) -> RiskDesk:
    clients = {each.name: cast("BaseExchangeClient", each) for each in venues}  # the part asked
    return RiskDesk(clients, RiskLimits(), clock, store, EVERY_S)


def test_an_emergency_closes_all_then_stops_and_stays_halted_over_a_restart() -> None:
    one, two = Venue("one", quantity=Decimal(3)), Venue("two", quantity=Decimal(-3))
    store = Store({"one": [fill("3")], "two": [fill("3", Side.SELL)]})
    sent_before: list[int] = []

    async def main(loop: VirtualLoop) -> Bot:
        clock = VirtualClock(loop)
        bot = Bot(clock, [one, two])
        desk = desk_of([one, two], store, clock)
        desk.attach(bot, NoLegs())
        desk.on_flatten = lambda: sent_before.append(len(bot.sent))
        await desk.initialize()
        one.value = Decimal(6_000)
        await clock.sleep(EVERY_S + 5)
        assert not desk.check(clock.now_ns()).entries_allowed
        await desk.close()
        return bot

    bot = run_virtual(main)
    assert not one.quantity + abs(two.quantity)
    first_s, first = bot.sent[0]
    assert (first_s, first.side, first.reduce_only) == (EVERY_S, Side.SELL, True)
    assert len(bot.stopped) == 1
    assert sent_before == [0], "room is made once, before anything is closed"
    assert state_after_restart(store) is RiskState.HALTED


def state_after_restart(store: Store) -> RiskState:
    """Return the state in which the next process would begin."""

    async def main(loop: VirtualLoop) -> RiskState:
        return desk_of([Venue("one"), Venue("two")], store, VirtualClock(loop)).gate.state

    return run_virtual(main)


def test_a_venue_that_does_not_answer_holds_up_the_stop_and_no_other_venue() -> None:
    one, two = Venue("one", quantity=Decimal(3)), Venue("two", quantity=Decimal(-3))
    store = Store({"one": [fill("3")], "two": [fill("3", Side.SELL)]})

    async def main(loop: VirtualLoop) -> Bot:
        clock = VirtualClock(loop)
        bot = Bot(clock, [one, two])
        desk = desk_of([one, two], store, clock)
        desk.attach(bot, NoLegs())
        await desk.initialize()
        one.value, two.away = Decimal(6_000), True
        await clock.sleep(EVERY_S + 5)
        assert one.quantity == 0
        assert two.quantity == -3
        await clock.sleep(300)
        assert bot.stopped == []
        two.away = False
        await clock.sleep(65)
        await desk.close()
        return bot

    bot = run_virtual(main)
    assert two.quantity == 0
    assert [reason.startswith("risk: ") for _, reason in bot.stopped] == [True]


def test_without_hands_nothing_is_closed() -> None:
    one = Venue("one", quantity=Decimal(3))

    async def main(loop: VirtualLoop) -> None:
        clock = VirtualClock(loop)
        desk = desk_of([one], Store({"one": [fill("3")]}), clock)
        await desk.initialize()
        one.value = Decimal(1)
        await clock.sleep(60)
        assert desk.halted
        await desk.close()

    run_virtual(main)
    assert one.quantity == 3


def test_only_what_our_own_fills_explain_is_closed_and_never_more_than_there_is() -> None:
    owned = owned_quantities([fill("2"), fill("0.5", Side.SELL)])

    def part(quantity: str) -> list[tuple[Decimal, Decimal | None]]:
        position = HeldPosition(
            "one", Symbol("BTC"), BTC, Decimal(quantity), unrealised=Decimal(-30)
        )
        return [(each.quantity, each.unrealised) for each in ours_of([position], owned)]

    assert part("3") == [(Decimal("1.5"), Decimal(-15))]
    assert part("1") == [(Decimal(1), Decimal(-30))]
    assert part("-3") == []
    order = closing_order(HeldPosition("one", Symbol("BTC"), BTC, Decimal(-2)))
    assert (order.side, order.quantity) == (Side.BUY, Decimal(2))
    assert order.reduce_only
    assert order.price is None
