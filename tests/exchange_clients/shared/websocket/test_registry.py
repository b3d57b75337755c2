"""Which topics are held, and in which order."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import ContractId
from exchange_clients.shared.stream import Topic, TopicKind
from exchange_clients.shared.websocket.registry import SubscriptionRegistry

BOOK, TRADES, ETH = (
    Topic(TopicKind.BOOK, ContractId("BTC")),
    Topic(TopicKind.TRADES, ContractId("BTC")),
    Topic(TopicKind.BOOK, ContractId("ETH")),
)
TOPICS = (BOOK, TRADES, ETH)


def test_only_the_first_holder_and_the_last_change_what_is_wanted() -> None:
    registry = SubscriptionRegistry()
    assert registry.acquire([BOOK, TRADES])
    assert not registry.acquire([BOOK])
    assert not registry.release([BOOK])
    assert registry.release([BOOK])
    assert registry.wanted() == (TRADES,)


def test_a_topic_keeps_its_place_while_it_is_held_and_goes_last_when_it_comes_back() -> None:
    registry = SubscriptionRegistry()
    registry.acquire([BOOK, ETH])
    registry.acquire([BOOK])
    assert registry.wanted() == (BOOK, ETH)
    registry.release([BOOK])
    registry.release([BOOK])
    registry.acquire([BOOK])
    assert registry.wanted() == (ETH, BOOK)


def test_releasing_what_nobody_holds_is_a_fault_of_the_program() -> None:
    with pytest.raises(AssertionError, match="more often than it was acquired"):
        SubscriptionRegistry().release([BOOK])


@settings(deadline=None, derandomize=True, max_examples=100)
@given(st.lists(st.tuples(st.booleans(), st.lists(st.sampled_from(TOPICS), unique=True))))
def test_a_topic_is_wanted_exactly_while_it_was_acquired_more_often_than_released(
    history: list[tuple[bool, list[Topic]]],
) -> None:
    registry, held = SubscriptionRegistry(), Counter[Topic]()
    for acquired, asked in history:
        before = registry.wanted()
        topics = asked if acquired else [topic for topic in asked if held[topic]]
        held.update({topic: 1 if acquired else -1 for topic in topics})
        change = registry.acquire if acquired else registry.release
        changed = change(topics)
        wanted = registry.wanted()
        assert {topic: topic in wanted for topic in TOPICS} == {
            topic: held[topic] > 0 for topic in TOPICS
        }
        assert changed is (wanted != before)
        kept = [topic for topic in before if topic in wanted]
        assert list(wanted[: len(kept)]) == kept
