"""Executions over several venues, as the bot asks for them and hears of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal

from exchange_clients.base_models import Fill, OrderInfo, OrderType, Purpose, Side
from execution.legs_desk import LegsDesk
from execution.legs_order import LegsFinished, LegsOrder, LegsOutcome
from execution.order_params import OrderParams
from execution.ports import LegsEars
from execution.withheld_legs import WithheldLegs
from tests.exchange_clients.paper.venue_stage import BTC
from tests.execution.legs.legs_stage import Stage, on_stage

D = Decimal
PRICES = {"a": D(100), "b": D("100.1")}


def order(key: str = "pair-1-open", size: str = "10") -> LegsOrder:
    """Return a buy on ``a`` and a sell on ``b``, both of which take."""
    legs = tuple(
        OrderParams(
            side, D(size), PRICES[venue], OrderType.LIMIT, f"{key}-{side}", venue=venue,
            contract_id=BTC,
        )
        for venue, side in (("a", Side.BUY), ("b", Side.SELL))
    )  # fmt: skip
    return LegsOrder(key, legs)


class Heard:
    """What a desk has told."""

    def __init__(self) -> None:
        self.ends: list[LegsFinished] = []
        self.fills: list[tuple[str, str, Purpose]] = []

    def ears(self) -> LegsEars:
        return LegsEars(self.ends.append, self._on_order, self._on_fill)

    def _on_order(self, venue: str, key: str, purpose: Purpose, info: OrderInfo) -> None:
        pass

    def _on_fill(self, venue: str, key: str, purpose: Purpose, fill: Fill) -> None:
        self.fills.append((venue, key.rpartition("-")[0], purpose))


def desk_of(stage: Stage) -> tuple[LegsDesk, Heard]:
    """Return a desk over the stage's clients and store, and what it tells."""
    clients = {name: venue.client for name, venue in stage.venues.items()}
    desk = LegsDesk(clients, stage.clock, stage.store, stage.limits)
    heard = Heard()
    desk.listen(heard.ears())
    return desk, heard


def with_desk(play: Callable[[Stage, LegsDesk, Heard], Awaitable[None]]) -> None:
    async def main(stage: Stage) -> None:
        desk, heard = desk_of(stage)
        await play(stage, desk, heard)
        await desk.close()

    on_stage(main)


def test_an_execution_is_told_with_all_of_its_fills() -> None:
    async def play(stage: Stage, desk: LegsDesk, heard: Heard) -> None:
        desk.accept(order())
        assert desk.rows() == ["pair-1-open"]
        desk.send(order())
        await stage.clock.sleep(5)
        (end,) = heard.ends
        assert (end.key, end.outcome) == ("pair-1-open", LegsOutcome.COMPLETED)
        assert sorted((each.venue, each.fill.size) for each in end.fills) == [
            ("a", D(10)),
            ("b", D(10)),
        ]
        entry = "pair-1-open-entry"
        assert heard.fills == [("a", entry, Purpose.ENTRY), ("b", entry, Purpose.ENTRY)]
        desk.forget(end.key)
        assert desk.rows() == []

    with_desk(play)


def test_a_fill_that_was_read_in_a_list_before_it_was_told_is_told_all_the_same() -> None:
    """Who keeps books hears of fills, and not of what an execution ended with."""

    async def main(stage: Stage) -> None:
        clients = {name: venue.client for name, venue in stage.venues.items()}
        desk, heard = LegsDesk(clients, stage.clock, stage.store, stage.limits), Heard()
        late: list[tuple[str, Fill]] = []
        tell = desk._on_fill
        desk._on_fill = lambda *fill: late.append(fill)  # type: ignore[method-assign]  # held back
        desk.listen(heard.ears())
        desk.accept(order())
        desk.send(order())
        await stage.clock.sleep(5)
        (end,) = heard.ends
        assert (len(end.fills), heard.fills) == (2, [])
        for venue, fill in late:
            tell(venue, fill)
        assert [(venue, purpose) for venue, _, purpose in heard.fills] == [
            ("a", Purpose.ENTRY),
            ("b", Purpose.ENTRY),
        ]
        assert heard.ends == [end], "it knew of them"
        await desk.close()

    on_stage(main)


def test_what_is_refused_before_anything_is_sent_is_told_with_its_reason() -> None:
    async def play(stage: Stage, desk: LegsDesk, heard: Heard) -> None:
        desk.accept(order(size="10000"))
        desk.send(order(size="10000"))
        await stage.clock.sleep(5)
        (end,) = heard.ends
        assert end.outcome is LegsOutcome.REFUSED
        assert "depth" in end.message
        await stage.check_no_order_is_open()

    with_desk(play)


def test_a_restart_tells_what_never_began_and_what_ended_unheard() -> None:
    async def play(stage: Stage, desk: LegsDesk, heard: Heard) -> None:
        for key in ("pair-1-open", "pair-2-open"):
            desk.accept(order(key, "1"))
        desk.send(order("pair-1-open", "1"))
        await stage.clock.sleep(5)
        heard.ends.clear()
        again, told = desk_of(stage)
        again.load(desk.rows())  # the end of the first was not taken in before the process died
        await again.resume()
        assert [(end.key, end.outcome) for end in told.ends] == [
            ("pair-1-open", LegsOutcome.COMPLETED),
            ("pair-2-open", LegsOutcome.REFUSED),
        ]
        assert len(told.ends[0].fills) == 2, "read from the venues' histories"
        await again.close()

    with_desk(play)


def test_a_dry_run_withholds_and_says_so() -> None:
    heard = Heard()

    async def main(stage: Stage) -> None:
        withheld = WithheldLegs("dry run: nothing was sent", stage.clock)
        withheld.listen(heard.ears())
        withheld.accept(order())
        withheld.send(order())
        await stage.check_no_order_is_open()

    on_stage(main)
    assert [(end.outcome, end.message) for end in heard.ends] == [
        (LegsOutcome.WITHHELD, "dry run: nothing was sent")
    ]


def test_a_dry_run_that_died_between_asking_and_hearing_withholds_it_still() -> None:
    heard = Heard()

    async def main(stage: Stage) -> None:
        before = WithheldLegs("dry run: nothing was sent", stage.clock)
        before.accept(order())
        again = WithheldLegs("dry run: nothing was sent", stage.clock)
        again.listen(heard.ears())
        again.load(before.rows())
        await again.resume()
        again.forget(order().key)
        assert again.rows() == []

    on_stage(main)
    assert [(end.key, end.outcome) for end in heard.ends] == [(order().key, LegsOutcome.WITHHELD)]
