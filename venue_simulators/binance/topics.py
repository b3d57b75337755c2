"""Names of Binance's streams, and below which root each speaks.

A stream that is subscribed below another root is acknowledged and stays silent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from exchange_clients.base_models import NS, ContractId
from venue_simulators.fapi import topics
from venue_simulators.fapi.topics import Topic, read_topic

TRADE = "trade"
ALL_BEST_SPEED_NS = 5 * NS
LIQUIDATION_SPEED_NS = NS
DAY_SPEED_NS = 2 * NS
ROOTS: Mapping[str, Sequence[str]] = {
    "public": (topics.BEST, topics.DIFF, topics.TOP, TRADE),
    "market": (
        topics.AGGREGATE,
        topics.MARK,
        topics.CANDLE,
        topics.DAY,
        topics.SHORT_DAY,
        topics.LIQUIDATION,
    ),
    "private": (topics.PRIVATE,),
}


def read_binance_topic(name: str) -> Topic | None:
    """Return the stream of a name, None where no stream has it."""
    subject, _, kind = name.partition("@")
    if kind == TRADE and subject and subject == subject.lower() and not subject.startswith("!"):
        return Topic(name, TRADE, ContractId(subject.upper()))
    topic = read_topic(name)
    if topic is None:
        return None
    if topic.kind == topics.BEST and topic.contract_id is None:
        return replace(topic, cadence_ns=ALL_BEST_SPEED_NS)
    if topic.kind == topics.DAY and topic.contract_id is not None:
        return replace(topic, cadence_ns=DAY_SPEED_NS)
    if topic.kind == topics.LIQUIDATION:
        return replace(topic, cadence_ns=LIQUIDATION_SPEED_NS)
    return topic
