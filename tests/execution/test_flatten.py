"""Kill to flat: what is cancelled, what is closed, and when a venue is believed to be flat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from exchange_clients.base_models import ContractId, Symbol
from exchange_clients.errors import OutcomeUnknown, StaleData
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from execution.flatten import (
    CONFIRM_S,
    PAUSE_MAX_S,
    Exposure,
    FlatReport,
    OwnOrder,
    VenueFlatness,
    closable,
    flatten,
)
from helpers.risk_values import HeldPosition

BTC, ETH = ContractId("BTC"), ContractId("ETH")
ORDER = OwnOrder("one", BTC)


def held(quantity: str, contract_id: ContractId = BTC) -> HeldPosition:
    return HeldPosition("venue", Symbol(contract_id), contract_id, Decimal(quantity))


@dataclass
class Port:
    """A venue that does as it is told, once it answers."""

    venue: str = "venue"
    exposure: Exposure = field(default_factory=Exposure)
    away: int = 0
    """How many readings fail before one succeeds."""
    stubborn: int = 0
    """How many cancellations come to nothing."""
    refuses: str = ""
    said: list[str] = field(default_factory=list)

    async def read(self) -> Exposure:
        if self.away:
            self.away -= 1
            raise OutcomeUnknown(f"{self.venue} does not answer")
        return self.exposure

    async def cancel(self, orders: Sequence[OwnOrder]) -> str:
        self.said.append(f"cancel {len(orders)}")
        if self.stubborn:
            self.stubborn -= 1
            return "not proven to be over"
        self.exposure = replace(self.exposure, orders=())
        return ""

    async def close(self, positions: Sequence[HeldPosition]) -> str:
        self.said.append("close " + " ".join(f"{each.quantity}" for each in positions))
        if self.refuses:
            return self.refuses
        left = [each for each in self.exposure.positions if each not in positions]
        self.exposure = replace(self.exposure, positions=tuple(left))
        return ""


def flattened(
    *ports: Port,
    within_s: float | None = 600.0,
    heard: Callable[[VenueFlatness], None] = lambda venue: None,
) -> FlatReport:
    async def main(loop: VirtualLoop) -> FlatReport:
        return await flatten(ports, VirtualClock(loop), within_s=within_s, heard=heard)

    return run_virtual(main)


def test_orders_are_cancelled_then_positions_closed_then_flatness_is_read_twice() -> None:
    port = Port(exposure=Exposure((ORDER,), (held("3"), held("-2", ETH))))
    report = flattened(port)
    assert port.said == ["cancel 1", "close 3 -2"]
    (venue,) = report.venues
    assert (venue.flat, venue.seconds, venue.trouble) == (True, 0.0, "")
    assert venue.rounds == 2
    assert venue.found == Exposure((ORDER,), (held("3"), held("-2", ETH)))
    assert venue.left == Exposure()


def test_a_second_call_finds_nothing_to_do() -> None:
    port = Port(exposure=Exposure((ORDER,), (held("3"),)))
    assert not flattened(port).idle
    port.said.clear()
    report = flattened(port)
    assert (report.flat, report.idle, port.said) == (True, True, [])


def test_a_market_is_not_closed_while_an_order_there_may_still_trade() -> None:
    port = Port(exposure=Exposure((ORDER,), (held("3"), held("2", ETH))), stubborn=1)
    report = flattened(port)
    assert port.said == ["cancel 1", "close 2", "cancel 1", "close 3"]
    assert report.flat
    assert closable(Exposure((ORDER,), (held("3"), held("2", ETH)))) == (held("2", ETH),)


def test_a_venue_that_is_away_holds_up_no_other_and_is_tried_until_it_answers() -> None:
    here = Port("here", Exposure((), (held("3"),)))
    away = Port("away", Exposure((), (held("-3"),)), away=7)
    order: list[str] = []
    report = flattened(here, away, heard=lambda told: order.append(f"{told.venue} {told.flat}"))
    assert [each for each in order if each.endswith("True")] == ["here True", "away True"]
    assert order.count("away False") == 8
    first, second = report.venues
    assert first.seconds == 0.0
    assert second.seconds == 1 + 2 + 4 + 8 + 16 + PAUSE_MAX_S * 2
    assert report.seconds == second.seconds


def test_what_is_not_flat_in_time_is_told_with_what_is_left_and_why() -> None:
    here = Port("here")
    stuck = Port("stuck", Exposure((), (held("3"),)), refuses="the market is halted")
    away = Port("away", away=10_000)
    report = flattened(here, stuck, away, within_s=60)
    assert not report.flat
    assert report.seconds is None
    told = {each.venue: (each.flat, each.left, each.trouble) for each in report.venues}
    assert told == {
        "here": (True, Exposure(), ""),
        "stuck": (False, Exposure((), (held("3"),)), "the market is halted"),
        "away": (False, None, "away does not answer"),
    }


def test_one_reading_that_says_flat_is_not_believed() -> None:
    class Late(Port):
        """Shows a position once it has said that there is none."""

        async def read(self) -> Exposure:
            self.said.append("read")
            if len(self.said) == 2:
                self.exposure = Exposure((), (held("1"),))
            return self.exposure

    port = Late()
    report = flattened(port)
    assert "close 1" in port.said
    assert report.flat
    assert report.seconds == CONFIRM_S


def test_a_price_that_is_not_known_is_waited_for() -> None:
    class Dark(Port):
        """Has no book for the first close."""

        async def close(self, positions: Sequence[HeldPosition]) -> str:
            if not self.said:
                self.said.append("dark")
                raise StaleData("the book is not ready")
            return await super().close(positions)

    port = Dark(exposure=Exposure((), (held("1"),)))
    report = flattened(port)
    assert (report.flat, port.said) == (True, ["dark", "close 1"])
