"""What waits to be told is bounded, in order, and accounts for everything it lets go."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.notices import Digest, Notice, NoticeKind
from helpers.outbox import MESSAGE_CHARACTERS_MAX, Outbox, ToldLately

NS = 10**9
QUIET, LOUD = NoticeKind.POSITION_OPENED, NoticeKind.RISK_ACTION


def notice(number: int, kind: NoticeKind = QUIET, text: str = "") -> Notice:
    return Notice(kind, f"n{number}", text or f"news {number}", number)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.lists(st.sampled_from(["quiet", "loud", "take", "arrived", "lost"]), max_size=120))
def test_every_notice_waits_was_told_or_is_counted_as_dropped(deeds: list[str]) -> None:
    outbox = Outbox("bot", waiting_max=25)
    put = told = counted = 0
    under_way: Digest | None = None
    last = -1
    for deed in deeds:
        if deed in ("quiet", "loud"):
            outbox.put(notice(put, LOUD if deed == "loud" else QUIET))
            put += 1
        elif deed == "take" and len(outbox) and under_way is None:
            under_way = outbox.take()
        elif under_way is not None and deed == "arrived":
            numbers = [each.at_ns for each in under_way.notices]
            assert numbers == sorted(numbers)
            assert numbers[0] > last
            last = numbers[-1]
            told += len(numbers)
            counted += under_way.dropped
            outbox.arrived(under_way)
            under_way = None
        elif under_way is not None and deed == "lost":
            outbox.lost(under_way)
            under_way = None
        assert len(outbox) <= 25
        assert put == told + len(outbox) + outbox.dropped
    assert counted <= outbox.dropped


def test_of_too_many_the_least_urgent_go_first_and_their_number_is_told() -> None:
    outbox = Outbox("bot", waiting_max=21)
    outbox.put(notice(0, LOUD))
    for number in range(1, 40):
        outbox.put(notice(number))
    digest = outbox.take()
    assert digest.notices[0].kind is LOUD
    assert digest.dropped == 19
    assert "(19 older notices were dropped: too many waited)" in str(digest)


def test_a_message_is_no_longer_than_messengers_take() -> None:
    outbox = Outbox("bot")
    for number in range(9):
        outbox.put(notice(number, text="x" * 1000))
    digest = outbox.take()
    assert len(digest.notices) == 3
    assert len(str(digest)) < MESSAGE_CHARACTERS_MAX + 100


def test_a_condition_is_news_once_then_after_a_while_and_when_it_ceases() -> None:
    told = ToldLately(repeat_s=600)

    def news(at_s: int, *, over: bool = False) -> bool:
        return told.is_news(Notice(NoticeKind.VENUE_DEGRADED, "grvt", "", at_s * NS, over=over))

    assert [news(0, over=True), news(1), news(2), news(300)] == [False, True, False, False]
    assert [news(601), news(602)] == [True, False]
    assert [news(700, over=True), news(701, over=True)] == [True, False]
    assert told.repeated == 5
    assert all(told.is_news(notice(1)) for _ in range(3)), "what happens is news each time"
