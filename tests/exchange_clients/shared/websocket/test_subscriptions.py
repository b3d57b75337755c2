"""What one connection carries, said in frames."""

from __future__ import annotations

from typing import cast

from exchange_clients.base_models import ContractId
from exchange_clients.events import SubscribeRefused
from exchange_clients.shared.signing import Session
from exchange_clients.shared.stream import PingRule, StreamWords, Topic, TopicKind
from exchange_clients.shared.websocket.subscriptions import Subscriptions
from tests.exchange_clients.shared.websocket.stream_stage import ScriptedWords

BOOK = Topic(TopicKind.BOOK, ContractId("BTC"))
ORDERS, FILLS = Topic(TopicKind.ORDERS), Topic(TopicKind.FILLS)


class Scene:
    """A connection's subscriptions and the frames they sent."""

    def __init__(self, session: Session | None = None) -> None:
        self.sent: list[str] = []
        self.words = ScriptedWords(PingRule(), (), None)
        words = cast(StreamWords, self.words)
        self.topics = Subscriptions(lambda: words, lambda: 7, session, self.sent.append)


def test_only_what_changed_is_said() -> None:
    scene = Scene()
    assert scene.topics.change([BOOK, ORDERS]) == ([], [BOOK, ORDERS])
    assert scene.topics.change([ORDERS, FILLS]) == ([BOOK], [FILLS])
    scene.topics.subscribe([])
    scene.topics.unsubscribe([BOOK])
    assert scene.sent == ["unsubscribe book:BTC"]


def test_each_frame_takes_a_number() -> None:
    scene = Scene()
    scene.topics.subscribe([BOOK, ORDERS])
    scene.topics.subscribe([FILLS])
    assert [each.request_id for each in scene.words.subscriptions] == [1, 3]


def test_only_the_last_acknowledgement_of_the_account_is_the_last() -> None:
    scene = Scene()
    assert not scene.topics.subscribe([BOOK])
    assert scene.topics.subscribe([ORDERS, FILLS])
    told = [scene.topics.acknowledge(topic.name) for topic in (BOOK, ORDERS, ORDERS, FILLS)]
    assert told == [False, False, False, True]


def test_a_token_is_renewed_for_the_account_alone() -> None:
    scene = Scene()
    scene.topics.change([BOOK, ORDERS])
    scene.topics.renew(Session())
    assert scene.sent == []
    scene.topics.renew(Session(tokens={"ws": "t2"}))
    assert scene.sent == ["subscribe orders: t2"]


def test_a_refusal_concerns_the_account_where_it_may() -> None:
    scene = Scene()
    unnamed = SubscribeRefused("9", "no")
    named = [SubscribeRefused("9", "no", topic.name) for topic in (BOOK, ORDERS)]
    scene.topics.change([BOOK, ORDERS])
    assert [scene.topics.concerns_account(each) for each in named] == [False, True]
    assert not scene.topics.concerns_account(unnamed)
    scene.topics.subscribe([ORDERS])
    assert scene.topics.concerns_account(unnamed)
    scene.topics.settle()
    assert not scene.topics.concerns_account(unnamed)
    scene.topics.change([ORDERS])
    assert scene.topics.concerns_account(unnamed)
