"""What the WebSocket says, and when it refuses or ends."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from exchange_clients.base_models import ContractId, LeverageBracket
from exchange_clients.paper.config import PaperConfig
from tests.venue_simulators.lighter.lighter_bench import DIGEST, Bench, Line

Book = dict[str, dict[str, str]]


def _apply(book: Book, update: dict[str, Any]) -> None:
    for side in ("bids", "asks"):
        for level in update[side]:
            if Decimal(level["size"]) == 0:
                book[side].pop(level["price"], None)
            else:
                book[side][level["price"]] = level["size"]


def _rebuilt(line: Line) -> Book:
    """Return the book of market 1 after the chain of nonces has been checked."""
    book: Book = {"bids": {}, "asks": {}}
    nonce = None
    for frame in line.frames:
        if frame.get("channel") != "order_book:1" or "order_book" not in frame:
            continue
        update = frame["order_book"]
        assert update["begin_nonce"] == (0 if nonce is None else nonce)
        nonce = update["nonce"]
        _apply(book, update)
    return book


def _true_book(bench: Bench) -> Book:
    depth, _ = bench.simulator.world.depth(ContractId("1"))
    return {
        "bids": {f"{level.price:.1f}": f"{level.size:.5f}" for level in depth.bids},
        "asks": {f"{level.price:.1f}": f"{level.size:.5f}" for level in depth.asks},
    }


def test_the_first_frame_says_connected() -> None:
    line = Bench().connect()
    assert [frame["type"] for frame in line.frames] == ["connected"]


def test_snapshot_and_updates_chained_by_nonce_make_the_book() -> None:
    bench = Bench()
    line = bench.connect("order_book/1")
    bench.place(Price=bench.mark() - 5)
    bench.send(14, bench.info(14, bench.market_order(BaseAmount=5_000)))
    bench.run(20.0)
    assert len(line.of("update/order_book")) > 20
    assert _rebuilt(line) == _true_book(bench)


def test_offsets_are_not_always_one_apart() -> None:
    bench = Bench()
    line = bench.connect("order_book/1")
    bench.run(20.0)
    offsets = [frame["offset"] for frame in line.of("update/order_book")]
    steps = {after - before for before, after in pairwise(offsets)}
    assert steps > {1}


def test_a_new_subscription_begins_with_a_new_snapshot() -> None:
    bench = Bench()
    line = bench.connect("order_book/1")
    bench.run(3.0)
    bench.say(line, type="unsubscribe", channel="order_book/1")
    assert line.frames[-1] == {"type": "unsubscribed", "channel": "order_book:1"}
    heard = len(line.frames)
    bench.run(3.0)
    assert len(line.frames) == heard
    line.frames.clear()
    bench.say(line, type="subscribe", channel="order_book/1")
    bench.run(3.0)
    assert line.frames[0]["type"] == "subscribed/order_book"
    assert _rebuilt(line) == _true_book(bench)


@pytest.mark.parametrize(
    ("channel", "label"),
    [
        ("order_book/1", "order_book:1"),
        ("ticker/1", "ticker:1"),
        ("market_stats/1", "market_stats:1"),
        ("market_stats/all", "market_stats:all"),
        ("trade/1", "trade:1"),
        ("height", "height"),
        ("account_all/{a}", "account_all:{a}"),
        ("account_market/1/{a}", "account_market:1:{a}"),
        ("account_orders/1/{a}", "account_orders:1"),
        ("account_all_orders/{a}", "account_all_orders:{a}"),
        ("account_all_trades/{a}", "account_all_trades:{a}"),
        ("account_all_positions/{a}", "account_all_positions:{a}"),
        ("account_all_assets/{a}", "account_all_assets:{a}"),
        ("user_stats/{a}", "user_stats:{a}"),
        ("account_tx/{a}", "account_tx:{a}"),
        ("notification/{a}", "notification:{a}"),
    ],
)
def test_channels_come_back_with_colons(channel: str, label: str) -> None:
    bench = Bench()
    line = bench.connect(channel.format(a=bench.account))
    frame = line.frames[1]
    assert frame["type"] == "subscribed/" + channel.split("/", maxsplit=1)[0]
    assert frame["channel"] == label.format(a=bench.account)


def test_tickers_and_statistics_are_told_on() -> None:
    bench = Bench()
    line = bench.connect("ticker/1", "market_stats/all", "height", "trade/1")
    bench.run(30.0)
    ticker = line.of("update/ticker")[-1]
    best_bid, best_ask, _ = bench.simulator.world.best(ContractId("1"))
    assert best_bid is not None
    assert best_ask is not None
    assert Decimal(ticker["ticker"]["b"]["price"]) == best_bid[0]
    assert Decimal(ticker["ticker"]["a"]["price"]) == best_ask[0]
    stats = line.of("update/market_stats")[-1]["market_stats"]["1"]
    assert (stats["symbol"], stats["current_funding_rate"]) == ("BTC", "0.0012")
    details = bench.read("orderBookDetails", market_id=1)["order_book_details"][0]
    in_usd = Decimal(str(details["open_interest"])) * Decimal(details["mark_price"])
    assert Decimal(stats["open_interest"]) == pytest.approx(in_usd, rel=Decimal("0.01"))
    heights = [frame["height"] for frame in line.of("update/height")]
    assert heights == list(range(heights[0], heights[0] + 30))
    trades = [row for frame in line.of("update/trade") for row in frame["trades"]]
    recent = bench.read("recentTrades", market_id=1, limit=20)["trades"]
    assert trades[:-21:-1] == recent


def test_ping_is_answered_with_pong() -> None:
    bench = Bench()
    line = bench.connect()
    bench.say(line, type="ping")
    assert line.frames[-1] == {"type": "pong"}


def test_the_venue_pings_too() -> None:
    bench = Bench()
    line = bench.connect()
    bench.run(61.0)
    assert {"type": "ping"} in line.frames


def test_two_minutes_of_silence_end_a_connection() -> None:
    bench = Bench()
    silent, lively = bench.connect(number=1), bench.connect(number=2)
    bench.run(100.0)
    bench.say(lively, type="pong")
    bench.run(22.0)
    assert (silent.closed, lively.closed) == (1000, None)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "subscribe", "channel": "nonsense/1"}, 30005),
        ({"type": "subscribe", "channel": "order_book/99"}, 30005),
        ({"type": "subscribe", "channel": "order_book:1"}, 30005),
        ({"type": "subscribe", "channel": "order_book/0"}, 30003),
        ({"type": "unsubscribe", "channel": "ticker/0"}, 30002),
        ({"type": "nonsense"}, 30001),
    ],
)
def test_wrong_messages_get_a_bare_error(message: dict[str, str], code: int) -> None:
    bench = Bench()
    line = bench.connect("order_book/0")
    bench.say(line, **message)
    assert line.errors() == [code]


def test_private_channels_need_a_token_of_their_account() -> None:
    bench = Bench(replace(DIGEST, accounts=("main", "other")))
    line = bench.connect()
    channel = f"account_all_orders/{bench.account}"
    bench.say(line, type="subscribe", channel=channel)
    bench.say(line, type="subscribe", channel=channel, auth=bench.token(life_s=-1))
    bench.say(line, type="subscribe", channel=channel, auth=bench.token(life_s=8 * 3600 + 5))
    other = bench.token(account=bench.account + 1)
    bench.say(line, type="subscribe", channel=channel, auth=other)
    assert line.errors() == [20013] * 4


def test_more_than_two_hundred_messages_a_minute_are_refused() -> None:
    bench = Bench()
    line = bench.connect()
    for _ in range(201):
        bench.say(line, type="ping")
    assert line.errors() == [30009]
    bench.run(61.0)
    bench.say(line, type="ping")
    assert line.frames[-1] == {"type": "pong"}


def test_another_path_is_not_found() -> None:
    response = Bench().simulator.on_open(Line(path="/elsewhere"))
    assert response is not None
    assert response.status == 404


def test_orders_are_sent_over_the_stream_and_answered_by_their_id() -> None:
    bench = Bench()
    line = bench.connect()
    info = bench.info(14, bench.order(ClientOrderIndex=8))
    data = {"id": "one", "tx_type": 14, "tx_info": info}
    bench.say(line, type="jsonapi/sendtx", data=data)
    answer = line.frames[-1]
    assert (answer["type"], answer["id"], answer["code"]) == ("jsonapi/sendtx", "one", 200)
    bench.run(1.0)
    assert bench.find(8)["status"] == "open"
    bench.say(line, type="jsonapi/sendtx", data=data)
    refused = line.frames[-1]
    assert (refused["type"], refused["id"], refused["code"]) == ("jsonapi/sendtx", "one", 21104)


def test_batches_are_sent_over_the_stream_as_json_texts() -> None:
    bench = Bench()
    line = bench.connect()
    infos = [bench.info(14, bench.order(ClientOrderIndex=index)) for index in (1, 2)]
    text = str(infos).replace("'", '"').replace("None", "null")
    data = {"id": "two", "tx_types": "[14,14]", "tx_infos": text}
    bench.say(line, type="jsonapi/sendtxbatch", data=data)
    answer = line.frames[-1]
    assert (answer["code"], len(answer["tx_hash"])) == (200, 2)


def test_a_liquidation_is_notified_and_printed_apart() -> None:
    bracket = LeverageBracket(None, Decimal(50), Decimal("0.0199"))
    paper = PaperConfig(leverage=Decimal(50), brackets={ContractId("1"): [bracket]})
    bench = Bench(replace(DIGEST, balance=Decimal(20), paper=paper))
    line = bench.connect(
        "trade/1",
        f"notification/{bench.account}",
        f"account_all_trades/{bench.account}",
        f"account_all_orders/{bench.account}",
    )
    bench.send(14, bench.info(14, bench.market_order(BaseAmount=1_500)))
    for _ in range(60):
        bench.run(60.0)
        bench.say(line, type="ping")
        if line.of("update/notification"):
            break
    notification = line.of("update/notification")[0]["notifs"][0]
    assert notification["kind"] == "liquidation"
    assert notification["content"]["is_ask"] is True
    printed = [row for frame in line.of("update/trade") for row in frame["liquidation_trades"]]
    assert {row["type"] for row in printed} == {"liquidation"}
    assert {row["ask_account_id"] for row in printed} == {bench.account}
    forced = line.of("update/account_all_orders")[-1]["orders"]["1"][0]
    assert forced["type"] == "liquidation"


def test_an_unsubscribed_connection_costs_nothing_after_it_has_gone() -> None:
    bench = Bench()
    line = bench.connect("order_book/1")
    bench.simulator.on_close(line)
    heard = len(line.frames)
    bench.run(5.0)
    assert len(line.frames) == heard
