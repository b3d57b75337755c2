"""Public streams of a simulated OKX: how books chain, what comes when, and what never comes."""

from __future__ import annotations

import json
import zlib

from exchange_clients.base_models import Side
from tests.venue_simulators.okx.okx_stage import (
    ASKS,
    BIDS,
    BTC,
    START_MS,
    D,
    Json,
    Stage,
    Wire,
    row,
    stage,
)
from venue_simulators.okx.terms import OkxTerms

BOOKS = {"channel": "books", "instId": BTC}


def followed(made: Stage) -> tuple[Wire, Json]:
    """Return a wire that follows the book, and the snapshot it began with."""
    wire = made.wire("public")
    wire.subscribe(BOOKS)
    (frame,) = wire.take("books")
    assert frame["action"] == "snapshot"
    return wire, frame["data"][0]


def applied(sides: Json, frame: Json) -> Json:
    """Return a book with an update applied, best first."""
    whole: Json = {}
    for name in ("bids", "asks"):
        levels = {price: size for price, size, *_ in sides[name]}
        levels |= {price: size for price, size, *_ in frame[name]}
        kept = {price: size for price, size in levels.items() if size != "0"}
        whole[name] = sorted(kept.items(), key=lambda level: D(level[0]), reverse=name == "bids")
    return whole


def rest_book(made: Stage) -> Json:
    """Return the book of REST in the same form, with its number."""
    book = row(made.caller().ask("market/books", instId=BTC, sz="400"))
    sides = {name: [(price, size) for price, size, *_ in book[name]] for name in ("bids", "asks")}
    return {**sides, "seqId": book["seqId"]}


def test_a_book_begins_with_a_snapshot_that_follows_nothing() -> None:
    made = stage()
    _, snapshot = followed(made)
    assert snapshot["prevSeqId"] == -1
    assert snapshot["checksum"] == 0
    assert snapshot["asks"] == [["90000.1", "100", "0", "1"], ["90000.2", "200", "0", "1"]]
    assert snapshot["seqId"] == rest_book(made)["seqId"]


def test_updates_name_the_one_before_and_lead_to_the_book_of_rest() -> None:
    made = stage()
    wire, snapshot = followed(made)
    made.show("89990", "89990.1")
    made.caller().place(px="89000", sz="7")
    made.passes(0.2)
    updates = [frame["data"][0] for frame in wire.take("books")]
    assert len(updates) == 2
    chain = [snapshot["seqId"], *(one["seqId"] for one in updates)]
    assert [one["prevSeqId"] for one in updates] == chain[:-1]
    book = applied(applied(snapshot, updates[0]), updates[1])
    assert {**book, "seqId": chain[-1]} == rest_book(made)
    assert ["90000.1", "0", "0", "0"] in updates[0]["asks"]


def test_updates_come_ten_times_a_second() -> None:
    made = stage()
    wire, _ = followed(made)
    for price in range(89000, 89010):
        made.market.set_quote(BTC, (D(price), D(1)), (D("90000.1"), D(1)))
        made.passes(0.05)
    made.passes(0.1)
    stamps = [int(one["ts"]) for one in wire.rows("books")]
    assert all(stamp % 100 == 0 for stamp in stamps)
    assert len(stamps) == 5


def test_a_level_that_changes_back_in_time_is_not_told() -> None:
    made = stage(terms=OkxTerms(book_interval_ns=1_000_000_000))
    wire, _ = followed(made)
    made.passes(0.6)
    made.market.set_quote(BTC, (D("89999.9"), D(5)), (D("90000.1"), D(1)))
    made.passes(0.1)
    made.market.set_book(BTC, BIDS, ASKS)
    made.passes(2)
    assert wire.take("books") == []


def test_whoever_joins_later_holds_the_same_book_and_chain() -> None:
    made = stage()
    early, first = followed(made)
    made.market.set_quote(BTC, (D("89990"), D(3)), (D("90000.1"), D(1)))
    made.passes(0.06)
    late, second = followed(made)
    made.passes(0.3)
    made.show("89980", "90000.3")
    told = [frame["data"][0] for frame in early.take("books")]
    book = first
    for frame in told:
        book = applied(book, frame)
    (update,) = late.rows("books")
    assert update["prevSeqId"] == second["seqId"]
    assert told[-1] == update
    assert applied(second, update) == book


def test_a_quiet_book_beats_once_a_minute() -> None:
    made = stage()
    wire, snapshot = followed(made)
    for _ in range(6):
        made.passes(20.1)
        wire.say("ping")
    beats = wire.rows("books")
    assert len(beats) == 2
    for beat in beats:
        assert (beat["asks"], beat["bids"]) == ([], [])
        assert beat["prevSeqId"] == beat["seqId"] == snapshot["seqId"]


def test_maintenance_may_restart_the_numbers_and_the_chain_still_links() -> None:
    made = stage()
    wire, snapshot = followed(made)
    made.simulator.restart_sequences()
    made.show("89990", "90000.1")
    (update,) = wire.rows("books")
    assert update["prevSeqId"] == snapshot["seqId"]
    assert 3 <= update["seqId"] < update["prevSeqId"]
    assert rest_book(made)["seqId"] == update["seqId"]


def test_a_book_without_snapshots_begins_with_an_update() -> None:
    made = stage(terms=OkxTerms(book_snapshots=False))
    number = rest_book(made)["seqId"]
    wire = made.wire("public")
    wire.follow("books", instId=BTC)
    made.show("89990", "90000.1")
    (frame,) = wire.take("books")
    assert frame["action"] == "update"
    assert frame["data"][0]["prevSeqId"] == number


def test_checksums_are_alive_where_they_are_asked_for() -> None:
    made = stage(terms=OkxTerms(checksums=True))
    _, snapshot = followed(made)
    text = "89999.9:100:90000.1:100:89999.8:200:90000.2:200"
    value = zlib.crc32(text.encode())
    assert snapshot["checksum"] == (value - (1 << 32) if value >= 1 << 31 else value)


def test_the_best_level_comes_with_each_change_of_it() -> None:
    made = stage()
    wire = made.wire("public")
    wire.subscribe({"channel": "bbo-tbt", "instId": BTC})
    (first,) = wire.rows("bbo-tbt")
    assert first["asks"] == [["90000.1", "100", "0", "1"]]
    made.market.set_book(BTC, [BIDS[0]], ASKS)
    made.passes(0.2)
    assert wire.rows("bbo-tbt") == []
    made.show("89990", "90000")
    (second,) = wire.rows("bbo-tbt")
    assert second["bids"] == [["89990", "1000", "0", "1"]]
    assert second["seqId"] > first["seqId"]


def test_five_levels_come_whole_and_without_an_action() -> None:
    made = stage()
    wire = made.wire("public")
    wire.follow("books5", instId=BTC)
    made.show("89990", "90000")
    (frame,) = wire.take("books5")
    assert "action" not in frame
    assert frame["data"][0]["asks"] == [["90000", "1000", "0", "1"]]


def test_trades_of_one_taker_are_told_together_and_on_the_business_path_each() -> None:
    made = stage(accounts=("main", "other"))
    public, business = made.wire("public"), made.wire("business")
    public.follow("trades", instId=BTC)
    business.follow("trades-all", instId=BTC)
    made.caller().place(px="90000", sz="1")
    made.caller().place(px="90000", sz="2")
    made.caller("other").place(side="sell", px="90000", sz="3", ordType="ioc")
    (together,) = public.rows("trades")
    assert (together["sz"], together["count"], together["side"]) == ("3", "2", "sell")
    each = business.rows("trades-all")
    assert [one["sz"] for one in each] == ["1", "2"]
    assert "count" not in each[0]
    assert together["tradeId"] == each[-1]["tradeId"]


def test_a_ticker_comes_at_once_and_when_the_market_moves() -> None:
    made = stage()
    wire = made.wire("public")
    wire.subscribe({"channel": "tickers", "instId": BTC})
    assert len(wire.rows("tickers")) == 1
    made.passes(5)
    assert wire.rows("tickers") == []
    made.prints("90000.1", "0.01", Side.BUY)
    (told,) = wire.rows("tickers")
    assert told["last"] == "90000.1"


def test_rates_and_prices_come_at_once_and_again() -> None:
    made = stage()
    wire = made.wire("public")
    names = ("mark-price", "open-interest", "price-limit", "funding-rate")
    wire.subscribe(*({"channel": name, "instId": BTC} for name in names))
    wire.subscribe({"channel": "index-tickers", "instId": "BTC-USDT"})
    frames = wire.take()
    assert [one["arg"]["channel"] for one in frames if "data" in one] == [*names, "index-tickers"]
    made.show("91000", "91000.1")
    assert wire.rows("mark-price")[-1]["markPx"] == "91000.05"
    made.passes(31)
    kinds = {frame["arg"]["channel"] for frame in map(json.loads, wire.frames)}
    assert kinds == {"open-interest", "funding-rate"}


def test_candles_run_and_are_told_once_more_when_they_close() -> None:
    made = stage()
    wire = made.wire("business")
    wire.follow("candle1m", instId=BTC)
    made.passes(61)
    told = [one for frame in wire.take("candle1m") for one in frame["data"]]
    closed = [one for one in told if one[8] == "1"]
    assert [int(one[0]) for one in closed] == [START_MS]
    assert int(told[-1][0]) == START_MS + 60_000


def test_instruments_come_whole_at_first() -> None:
    wire = stage().wire("public")
    wire.subscribe({"channel": "instruments", "instType": "SWAP"})
    (listed,) = wire.rows("instruments")
    assert (listed["instId"], listed["state"]) == (BTC, "live")


def test_channels_that_have_nothing_to_say_are_silent() -> None:
    made = stage()
    wire = made.wire("public")
    wire.subscribe({"channel": "adl-warning", "instType": "SWAP"}, {"channel": "status"})
    assert [one["event"] for one in wire.take()] == ["subscribe", "subscribe"]
    made.show("89000", "89001")
    assert wire.take() == []
