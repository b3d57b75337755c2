"""A book as one connection tells it: seeded, joined, doubted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import ContractId, Side
from exchange_clients.events import BookDelta, BookSnapshot, Signal
from exchange_clients.shared.stream import STREAM_NUMBERED
from exchange_clients.shared.websocket.book_feed import BookFeed
from exchange_clients.shared.websocket.book_sync import STALE_RUN_MAX, BookSync
from tests.exchange_clients.shared.book_stage import delta, market, snapshot

modest = settings(deadline=None, derandomize=True, max_examples=100)
LAST = 25
"""Number of the venue's last update."""


@dataclass
class Scene:
    """A book, what it asked for and what its feed told."""

    apart: bool
    wants: int = 0
    signals: list[Signal] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.feed = BookFeed(market(), self._raise)
        self.sync = BookSync(
            self.feed,
            seeded_apart=self.apart,
            want=self._want,
            prove=lambda _: None,
            ask_again=self._ask,
            now_ns=0,
        )
        self.feed.attach(self.sync)

    def _raise(self, signal: Signal, contract_id: ContractId | None, detail: str) -> None:
        self.signals.append(signal)

    def _want(self, sync: BookSync) -> None:
        # One request at a time, as the desk keeps it.
        self.wants += not sync.pending
        sync.pending = True

    def _ask(self) -> None:
        self.sync.restart(0)

    def seed(self, last: int) -> bool:
        """Serve the request with the venue's book as of an update."""
        self.sync.pending = False
        return self.sync.seed(state(last))

    def assert_sound(self) -> None:
        """Check that what is shown is the venue's book at its number."""
        book = self.feed.sound_book()
        if book is not None:
            want = sorted(state(book.last_update).bids, reverse=True)
            assert book.levels(Side.BUY, 99) == want


def update(number: int) -> BookDelta:
    """The venue's update of a number: one bid changes."""
    price = round(99.0 + number * 7 % 9 / 10, 1)
    return delta(number, [(price, float(number % 4))], previous=number - 1)


def state(last: int, *, number: int | None = None) -> BookSnapshot:
    """The venue's book after an update."""
    bids = {98.0: 1.0}
    for each in range(1, last + 1):
        bids.update(update(each).bids)
    held = [level for level in bids.items() if level[1]]
    return snapshot(last if number is None else number, held, [(101.0, 1.0)])


def told(scene: Scene, numbers: Sequence[int]) -> None:
    for number in numbers:
        scene.sync.on_delta(update(number))
        scene.assert_sound()


def test_a_book_that_is_seeded_apart_asks_for_a_snapshot_with_its_first_delta() -> None:
    scene = Scene(apart=True)
    told(scene, [5, 6])
    assert (scene.wants, scene.feed.ready) == (1, False)
    assert scene.seed(5)
    assert scene.sync.book.last_update == 6
    assert scene.signals == [Signal.READY]


def test_a_book_whose_stream_seeds_it_waits_for_that() -> None:
    scene = Scene(apart=False)
    told(scene, [5, 6])
    assert (scene.wants, scene.sync.heard_ns) == (0, None)


def test_a_hole_closes_the_book_and_asks_once() -> None:
    scene = Scene(apart=True)
    scene.seed(10)
    told(scene, [11, 13, 14, 15])
    assert (scene.wants, scene.feed.quote()) == (1, None)
    assert scene.signals == [Signal.READY, Signal.GAP]
    assert scene.seed(12)
    assert scene.sync.book.last_update == 15
    assert scene.signals == [Signal.READY, Signal.GAP, Signal.READY]


def test_a_snapshot_before_the_stream_is_not_taken_and_another_is_asked_for() -> None:
    scene = Scene(apart=True)
    told(scene, [5, 6])
    assert not scene.seed(3)
    assert (scene.wants, scene.feed.ready) == (2, False)


def test_old_deltas_are_a_sign_of_life_until_too_many_come_in_a_row() -> None:
    scene = Scene(apart=True)
    scene.seed(10)
    told(scene, [11] + [3] * STALE_RUN_MAX)
    assert scene.feed.ready
    told(scene, [12] + [3] * STALE_RUN_MAX)
    assert (scene.feed.ready, scene.wants) == (True, 0)
    told(scene, [3])
    assert (scene.feed.ready, scene.wants) == (False, 1)


def test_only_staleness_makes_a_book_that_is_seeded_apart_subscribe_again() -> None:
    for signal, again in ((Signal.GAP, False), (Signal.STALE, True)):
        scene = Scene(apart=True)
        scene.seed(10)
        scene.sync.doubt(signal, "")
        assert (scene.sync.resubscribe, scene.feed.quote(), scene.wants) == (again, None, 1)
        scene.sync.restart(7)
        assert (scene.sync.resubscribe, scene.sync.asked_ns) == (False, 7)


def test_a_new_subscription_forgets_the_number_of_the_one_before() -> None:
    scene = Scene(apart=False)
    scene.sync.on_resume(10)
    scene.sync.restart(0)
    scene.sync.on_snapshot(state(20, number=STREAM_NUMBERED))
    assert not scene.feed.ready
    scene.sync.on_resume(20)
    assert scene.sync.book.last_update == 20


def test_a_book_that_is_known_by_nothing_has_no_age() -> None:
    scene = Scene(apart=True)
    assert scene.feed.age_s(0) is None
    scene.seed(10)
    assert scene.sync.known_ns == state(10).local_ns
    told(scene, [11])
    assert scene.sync.known_ns == update(11).local_ns


def test_the_end_of_a_connection_is_told_once() -> None:
    scene = Scene(apart=True)
    scene.seed(10)
    scene.sync.retire("over")
    assert (scene.sync.retired, scene.feed.shown) == (True, None)
    assert scene.signals == [Signal.READY, Signal.GAP]


# Any history --------------------------------------------------------------------------------------

numbers = st.lists(st.integers(1, LAST), max_size=60)


@modest
@given(numbers, st.lists(st.integers(0, 60), max_size=8), st.booleans())
def test_whatever_comes_in_whatever_order_only_the_venues_book_is_shown(
    heard: list[int], served: list[int], apart: bool
) -> None:
    scene = Scene(apart=apart)
    for position, number in enumerate(heard):
        if position in served:
            scene.seed(max(heard[: position + 1]))
            scene.assert_sound()
        told(scene, [number])
    scene.seed(LAST)
    assert scene.feed.ready
    scene.assert_sound()


@modest
@given(st.sets(st.integers(2, LAST - 1)), st.integers(0, 3))
def test_each_loss_costs_one_snapshot(lost: set[int], delay: int) -> None:
    scene = Scene(apart=True)
    waited = 0
    for number in range(1, LAST + 1):
        if number not in lost:
            told(scene, [number])
        waited = waited + 1 if scene.sync.pending else 0
        if waited > delay:
            scene.seed(number)
            scene.assert_sound()
    if scene.sync.pending:
        scene.seed(LAST)
    assert scene.feed.ready
    assert scene.wants <= len(lost) + 1


@modest
@given(st.integers(1, LAST), st.integers(0, LAST), st.integers(0, LAST), st.integers(0, 2))
def test_a_stream_that_numbers_its_snapshot_by_the_answer_joins_however_they_interleave(
    start: int, answered_at: int, seeded_at: int, repeats: int
) -> None:
    scene = Scene(apart=False)
    for number in range(start, LAST + 1):
        if number == max(start, answered_at):
            scene.sync.on_resume(start - 1)
        if number == max(start, seeded_at):
            scene.sync.on_snapshot(state(start - 1, number=STREAM_NUMBERED))
        told(scene, [number] * (repeats + 1))
    assert scene.feed.ready
    assert scene.sync.book.last_update == LAST
    assert scene.wants == 0
