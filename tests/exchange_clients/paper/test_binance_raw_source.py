from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from exchange_clients.base_models import ContractId, Market, Side, Symbol
from exchange_clients.events import (
    BestBidOffer,
    BookDelta,
    BookSnapshot,
    PublicTrade,
    Signal,
    StreamSignal,
)
from exchange_clients.paper.sources.base import Liquidity, RecordingError
from exchange_clients.paper.sources.binance_head import HEAD_LINES_MAX
from exchange_clients.paper.sources.binance_raw import BinanceRawSource
from exchange_clients.shared.websocket.order_book import Applied, OrderBook
from tests.support.recordings import (
    START_NS,
    depth_line,
    snapshot_line,
    stamped,
    ticker_line,
    trade_line,
    write_lines,
)

BTC = ContractId("BTCUSDT")
GOOD = (
    depth_line(1, [("61800.10", "1.000")]),
    snapshot_line(2),
    depth_line(3, [("61800.20", "0.000")], [("61800.40", "0.700")]),
    ticker_line(3, "61800.00", "61800.30"),
    trade_line(4, "61800.30", "0.006"),
)


def source_of(folder: Path, lines: Sequence[str] = GOOD, name: str = "btc.gz") -> BinanceRawSource:
    return BinanceRawSource([write_lines(folder / name, lines)])


def error_of(folder: Path, *lines: str) -> str:
    """Return the sentence with which a recording of ``lines`` is refused."""
    path = write_lines(folder / "btc.gz", lines)
    with pytest.raises(RecordingError) as caught:
        list(BinanceRawSource([path]).events())
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_each_frame_becomes_its_event(tmp_path: Path) -> None:
    first, snapshot, delta, quote, trade, ended = source_of(tmp_path).events()

    assert isinstance(first, BookDelta)
    assert snapshot == BookSnapshot(
        BTC,
        [(61800.2, 2.909), (61800.0, 20.004), (61799.7, 1.795)],
        [(61800.3, 0.51), (61800.5, 3.001)],
        2,
        1_723_161_255_992_000_000,
        START_NS + 2_000_000,
    )
    assert delta == BookDelta(
        BTC,
        [(61800.2, 0.0)],
        [(61800.4, 0.7)],
        3,
        3,
        2,
        1_723_161_256_002_000_000,
        START_NS + 3_000_000,
    )
    assert quote == BestBidOffer(
        BTC, 61800.0, 2.5, 61800.3, 1.25, 1_723_161_256_003_000_000, START_NS + 3_000_000, 3
    )
    assert trade == PublicTrade(
        BTC, 61800.3, 0.006, Side.BUY, 1_723_161_256_004_000_000, START_NS + 4_000_000, "9004"
    )
    assert ended == StreamSignal(Signal.ENDED, BTC, START_NS + 4_000_000)


def test_the_grid_is_inferred_and_every_assumption_is_said(tmp_path: Path) -> None:
    source = source_of(tmp_path)

    assert source.markets == {
        BTC: Market(
            Symbol("BTC"),
            BTC,
            tick=Decimal("0.1"),
            step=Decimal("0.001"),
            min_size=Decimal("0.001"),
            min_notional=Decimal(5),
            maker_fee=Decimal("0.0002"),
            taker_fee=Decimal("0.0005"),
        )
    }
    assert source.info.liquidity is Liquidity.DEPTH
    assert source.info.start_ns == START_NS + 1_000_000
    assert source.info.assumptions[:2] == (
        "tick 0.1 inferred from the recording",
        "step 0.001 inferred from the recording",
    )
    assert "taker_fee 0.0005 assumed" in source.info.assumptions
    assert not source.info.inverse


@pytest.mark.parametrize("suffix", [".yml", ".json"])
def test_a_sidecar_names_the_instrument(tmp_path: Path, suffix: str) -> None:
    said = {
        "symbol": "XBT",
        "tick": "0.05",
        "step": "0.0001",
        "min_size": "0.002",
        "min_notional": "100",
        "maker_fee": "-0.0001",
        "taker_fee": "0.0004",
        "max_leverage": "50",
        "maintenance_margin": "0.004",
        "multiplier": "1",
    }
    text = "\n".join(f"{name}: {value}" for name, value in said.items())
    (tmp_path / f"btc.gz{suffix}").write_text(text if suffix == ".yml" else json.dumps(said))
    source = source_of(tmp_path)
    market = source.markets[BTC]

    assert source.info.assumptions == ()
    assert (market.symbol, market.tick, market.step) == ("XBT", Decimal("0.05"), Decimal("0.0001"))
    assert (market.maker_fee, market.max_leverage) == (Decimal("-0.0001"), Decimal(50))


@pytest.mark.parametrize(
    ("text", "named"),
    [("tik: 0.1", "tik"), ("tick: abc", "tick"), ("tick: 0", "tick"), ("tick: [", ""), ("7", "")],
)
def test_a_wrong_sidecar_is_refused_by_its_field(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "btc.gz.yml").write_text(text)

    with pytest.raises(RecordingError, match=rf"btc\.gz\.yml: .*{named}.*the fields are symbol"):
        source_of(tmp_path)


def test_an_inverse_contract_is_marked(tmp_path: Path) -> None:
    lines = [line.replace('"s":"BTCUSDT"', '"s":"BTCUSD_PERP","ps":"BTCUSD"') for line in GOOD]
    source = source_of(tmp_path, lines)

    assert source.info.inverse
    assert source.info.assumptions[-1].startswith("inverse contract")
    assert source.markets[ContractId("BTCUSD_PERP")].symbol == "BTC"


def test_parts_of_a_recording_are_read_on(tmp_path: Path) -> None:
    first = write_lines(tmp_path / "a.gz", GOOD)
    second = write_lines(tmp_path / "b.gz", [depth_line(5, previous=3), depth_line(6)])
    book = OrderBook(BinanceRawSource([first]).markets[BTC])
    for event in BinanceRawSource([first, second]).events():
        if isinstance(event, BookSnapshot | BookDelta):
            book.apply(event)

    assert (book.last_update, book.gaps, book.ready) == (6, 0, True)


def test_a_hole_is_left_to_the_book(tmp_path: Path) -> None:
    source = source_of(tmp_path, [*GOOD, depth_line(6)])
    book = OrderBook(source.markets[BTC])
    outcomes = [
        book.apply(event)
        for event in source.events()
        if isinstance(event, BookSnapshot | BookDelta)
    ]

    assert outcomes[-1] is Applied.GAP


def test_a_snapshot_that_the_deltas_have_passed_is_left_out(tmp_path: Path) -> None:
    late = snapshot_line(3, at=5)
    needed = snapshot_line(9, at=8)
    lines = [*GOOD, late, depth_line(6, previous=3), depth_line(8), needed, depth_line(10)]
    events = list(source_of(tmp_path, lines).events())

    assert [event.last for event in events if isinstance(event, BookSnapshot)] == [2, 9]


def test_frames_of_other_streams_are_passed_over_and_named(tmp_path: Path) -> None:
    other = stamped(4, {"stream": "x", "data": {"e": "aggTrade", "s": "BTCUSDT", "p": "1.23456"}})
    answer = stamped(4, {"result": None, "id": 1})
    source = source_of(tmp_path, [*GOOD, other, answer])

    assert len(list(source.events())) == len(GOOD) + 1
    assert "frames not read: aggTrade" in source.info.assumptions


def test_trades_outside_the_book_are_left_out(tmp_path: Path) -> None:
    lines = [*GOOD, trade_line(5, "0", "0", kind="NA")]

    assert len(list(source_of(tmp_path, lines).events())) == len(GOOD) + 1


def test_plain_text_is_read_as_well(tmp_path: Path) -> None:
    assert len(list(source_of(tmp_path, name="btc.log").events())) == len(GOOD) + 1


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"gone\.gz: no such file; check the path"):
        BinanceRawSource([tmp_path / "gone.gz"])


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    for name in ("empty.gz", "empty.log"):
        with pytest.raises(RecordingError, match="the file is empty"):
            BinanceRawSource([write_lines(tmp_path / name, [])])
    (tmp_path / "none.gz").write_bytes(b"")
    with pytest.raises(RecordingError, match="the file is empty"):
        BinanceRawSource([tmp_path / "none.gz"])


def test_what_is_named_gz_and_is_not_is_refused(tmp_path: Path) -> None:
    (tmp_path / "btc.gz").write_text(GOOD[0])

    with pytest.raises(RecordingError, match="holds no gzip data"):
        BinanceRawSource([tmp_path / "btc.gz"])


def test_a_truncated_file_is_said_to_be_so(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "btc.gz", [*GOOD, *(depth_line(n) for n in range(5, 4000))])
    path.write_bytes(path.read_bytes()[:-300])
    source = BinanceRawSource([path])

    with pytest.raises(RecordingError, match=r"ends early, after line \d+: the file is truncated"):
        list(source.events())


def test_a_damaged_file_is_said_to_be_so(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "btc.gz", [*GOOD, *(depth_line(n) for n in range(5, 4000))])
    data = bytearray(path.read_bytes())
    data[-6] ^= 0xFF  # in the checksum
    path.write_bytes(data)
    source = BinanceRawSource([path])

    with pytest.raises(RecordingError, match=r"damaged gzip data after line \d+"):
        list(source.events())


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (depth_line(5)[:-20], "line 6: invalid JSON"),
        ("not a line", "line 6: starts with b'not' where the local time"),
        ("", "line 6: starts with b'' where the local time"),
        (depth_line(2), "line 6: local time .* is 2000000 ns before the line before it"),
        (depth_line(5, [("-1.0", "1")]), r"line 6: price -1\.0 is not above zero"),
        (depth_line(5, [("nan", "1")]), "line 6: price nan is not above zero"),
        (depth_line(5, [("61800.00", "-1")]), r"line 6: size -1\.0 is below zero"),
        (depth_line(5, [("61800.05", "1")]), r"61800\.05 is no multiple of the tick 0\.1"),
        (depth_line(5, [("61800.10", "0.0001")]), r"0\.0001 is no multiple of the step 0\.001"),
        (depth_line(5, symbol="ETHUSDT"), "line 6: is of ETHUSDT, the recording is of BTCUSDT"),
        (depth_line(5).replace('"U":5', '"U":null'), "line 6: Expected `int`"),
    ],
)
def test_a_spoilt_line_is_named_with_what_to_do(tmp_path: Path, line: str, sentence: str) -> None:
    lines = [*GOOD, line]
    path = write_lines(tmp_path / "btc.gz", lines)
    (tmp_path / "btc.gz.yml").write_text("tick: 0.1\nstep: 0.001\n")

    with pytest.raises(RecordingError, match=sentence) as caught:
        list(BinanceRawSource([path]).events())
    assert str(path) in str(caught.value)


def test_a_tick_that_turns_out_too_coarse_names_the_sidecar(tmp_path: Path) -> None:
    quiet = [depth_line(n) for n in range(5, 1500)]
    message = error_of(tmp_path, *GOOD, *quiet, depth_line(1501, [("61800.05", "1.000")]))

    assert "line 1501: 61800.05 is no multiple of the tick 0.1; state the tick" in message
    assert message.endswith("btc.gz.yml")


def test_a_recording_without_a_snapshot_is_refused(tmp_path: Path) -> None:
    assert "no depth snapshot in its first" in error_of(tmp_path, GOOD[0], GOOD[2])
    assert HEAD_LINES_MAX >= 1000


def test_a_snapshot_of_another_contract_is_refused(tmp_path: Path) -> None:
    other = snapshot_line(9).replace('"lastUpdateId"', '"symbol":"ETHUSDT","lastUpdateId"')

    assert "is a snapshot of ETHUSDT" in error_of(tmp_path, *GOOD, other)


REAL = (
    (("usdm_btcusdt_20240808.gz",), 6546, 500),
    (("usdm_ethusdt_20240808.gz",), 6580, 500),
    (("cm_btcusd_perp_20240808.gz",), 26823, 1000),
    (("cm_btcusd_perp_20240808.gz", "cm_btcusd_perp_20240809.gz"), 44771, 1500),
)


@pytest.mark.parametrize(("names", "applied", "compared_least"), REAL)
def test_a_real_recording_has_no_gap_and_agrees_with_its_best_prices(
    market_data: Path, names: tuple[str, ...], applied: int, compared_least: int
) -> None:
    source = BinanceRawSource([market_data / "l2_binance_raw" / name for name in names])
    ((contract_id, market),) = source.markets.items()
    book = OrderBook(market)
    outcomes: Counter[Applied] = Counter()
    quotes: dict[int, BestBidOffer] = {}
    compared = 0
    for event in source.events():
        if isinstance(event, BestBidOffer):
            quotes[event.sequence] = event
        elif isinstance(event, BookSnapshot | BookDelta):
            outcomes[book.apply(event)] += 1
        else:
            continue
        quote = quotes.get(book.last_update)
        if book.ready and quote is not None:
            top = book.bbo()
            assert top is not None
            assert (top.bid, top.bid_size) == (quote.bid, quote.bid_size)
            assert (top.ask, top.ask_size) == (quote.ask, quote.ask_size)
            del quotes[book.last_update]
            compared += 1

    assert book.gaps == 0
    assert outcomes[Applied.APPLIED] == applied
    assert outcomes[Applied.GAP] == outcomes[Applied.STALE] == 0
    assert compared >= compared_least
    assert source.info.inverse is (contract_id == "BTCUSD_PERP")


def test_a_real_recording_reads_the_same_twice_and_in_order(market_data: Path) -> None:
    path = market_data / "l2_binance_raw" / "usdm_ethusdt_20240808.gz"
    source = BinanceRawSource([path])
    events = list(source.events())

    assert events == list(source.events())
    assert all(one.local_ns <= other.local_ns for one, other in pairwise(events))
    assert source.markets[ContractId("ETHUSDT")].tick == Decimal("0.01")
