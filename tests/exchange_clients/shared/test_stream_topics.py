from __future__ import annotations

from exchange_clients.base_models import ContractId
from exchange_clients.shared.stream import Topic, TopicKind, parted

BTC = ContractId("BTC-PERP")


def test_topics_are_parted_by_whom_they_are_about_in_their_order() -> None:
    book, trades = Topic(TopicKind.BOOK, BTC), Topic(TopicKind.TRADES, BTC)
    orders, fills = Topic(TopicKind.ORDERS), Topic(TopicKind.FILLS)
    assert parted(iter([book, orders, trades, fills])) == ((book, trades), (orders, fills))
    assert parted([]) == ((), ())
