from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from statistics import median

import pytest

from exchange_clients.base_models import ContractId, Side
from exchange_clients.events import BestBidOffer, PublicTrade, Signal, StreamSignal
from exchange_clients.paper.sources.base import Liquidity, RecordingError
from exchange_clients.paper.sources.binance_quotes import BinanceQuoteSource, open_raw
from exchange_clients.paper.sources.binance_raw import BinanceRawSource
from exchange_clients.paper.sources.touch import MADE_OF_TRADES
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
TICKERS = (
    ticker_line(1, "61800.00", "61800.30"),
    trade_line(2, "61800.30", "0.006"),
    ticker_line(3, "61800.20", "61800.30"),
)
BUY = trade_line(1, "61800.30", "0.006")
SALE = trade_line(2, "61800.20", "0.005").replace('"m":false', '"m":true')


def source_of(folder: Path, lines: Sequence[str], name: str = "btc.gz") -> BinanceQuoteSource:
    source = open_raw([write_lines(folder / name, lines)])
    assert isinstance(source, BinanceQuoteSource)
    return source


def test_best_prices_are_the_book_where_there_is_no_depth(tmp_path: Path) -> None:
    source = source_of(tmp_path, TICKERS)
    first, trade, second, ended = source.events()

    assert source.info.liquidity is Liquidity.QUOTES
    assert first == BestBidOffer(
        BTC, 61800.0, 2.5, 61800.3, 1.25, 1_723_161_256_001_000_000, START_NS + 1_000_000, 1
    )
    assert trade == PublicTrade(
        BTC, 61800.3, 0.006, Side.BUY, 1_723_161_256_002_000_000, START_NS + 2_000_000, "9002"
    )
    assert isinstance(second, BestBidOffer)
    assert second.bid == 61800.2
    assert ended == StreamSignal(Signal.ENDED, BTC, START_NS + 3_000_000)
    assert MADE_OF_TRADES not in source.info.assumptions


def test_best_prices_alone_are_a_recording(tmp_path: Path) -> None:
    source = source_of(tmp_path, TICKERS[::2])

    assert len(list(source.events())) == 3
    assert source.markets[BTC].tick == Decimal("0.1")


def test_trades_alone_make_the_best_prices(tmp_path: Path) -> None:
    source = source_of(tmp_path, [BUY, SALE])
    quotes = [one for one in source.events() if isinstance(one, BestBidOffer)]

    assert [(one.bid, one.bid_size, one.ask, one.ask_size) for one in quotes] == [
        (61800.2, 0.006, 61800.3, 0.006),
        (61800.2, 0.005, 61800.3, 0.005),
    ]
    assert source.info.liquidity is Liquidity.QUOTES
    assert source.info.assumptions[-1] == MADE_OF_TRADES
    assert [type(one) for one in source.events()] == [
        PublicTrade,
        BestBidOffer,
        PublicTrade,
        BestBidOffer,
        StreamSignal,
    ]


def test_the_parts_of_a_recording_are_read_by_the_rule_of_the_first(tmp_path: Path) -> None:
    trades = write_lines(tmp_path / "a", [BUY, SALE])
    mixed = write_lines(
        tmp_path / "b", [depth_line(3), ticker_line(4, "5.0", "5.1"), trade_line(5, "9.1", "1.000")]
    )
    prices = [
        (one.bid, one.ask)
        for one in open_raw([trades, mixed]).events()
        if isinstance(one, BestBidOffer)
    ]

    assert prices == [(61800.2, 61800.3), (61800.2, 61800.3), (9.0, 9.1)]


def test_depth_in_the_opening_part_makes_a_recording_of_depth(tmp_path: Path) -> None:
    lines = [*TICKERS, depth_line(4), snapshot_line(5)]

    assert isinstance(open_raw([write_lines(tmp_path / "a", lines)]), BinanceRawSource)


def test_depth_without_a_snapshot_is_still_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no depth snapshot in its first"):
        open_raw([write_lines(tmp_path / "a", [*TICKERS, depth_line(4)])])


def test_a_sidecar_names_the_instrument(tmp_path: Path) -> None:
    (tmp_path / "btc.gz.yml").write_text("tick: 0.01\nmaker_fee: 0\n")
    source = source_of(tmp_path, [BUY])
    quote = list(source.events())[1]

    assert source.markets[BTC].maker_fee == 0
    assert isinstance(quote, BestBidOffer)
    assert (quote.bid, quote.ask) == (61800.29, 61800.3)


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            [stamped(1, {"data": {"e": "aggTrade", "s": "BTCUSDT", "p": "1.5", "q": "1"}})],
            r"btc\.gz: no depth, bookTicker or trade frame in its first .*there is aggTrade",
        ),
        ([stamped(1, {"result": None, "id": 1})], "there is nothing"),
        (
            [trade_line(1, "0", "0", kind="NA")],
            r"no price and size .* infer the tick from; state the tick in btc\.gz\.yml",
        ),
        ([BUY, trade_line(0, "61800.30", "0.006")], "line 2: local time .* before the line"),
        ([BUY, trade_line(2, "-1", "0.006")], r"line 2: price -1\.0 is not above zero"),
        ([BUY, "61800.30,1"], "line 2: starts with b'61800.30,1' where the local time"),
    ],
)
def test_what_cannot_be_replayed_is_told(
    tmp_path: Path, lines: Sequence[str], sentence: str
) -> None:
    path = write_lines(tmp_path / "btc.gz", lines)

    with pytest.raises(RecordingError, match=sentence):
        list(open_raw([path]).events())


def kept(recording: Path, folder: Path, *kinds: bytes) -> Path:
    """Return a copy of a real recording that holds only some kinds of frames."""
    path = folder / "kept.log"
    marks = [b'"e":"%s"' % kind for kind in kinds]
    with gzip.open(recording, "rb") as lines, path.open("wb") as file:
        file.writelines(line for line in lines if any(mark in line for mark in marks))
    return path


def test_a_real_recording_less_its_depth_keeps_its_best_prices_and_trades(
    market_data: Path, tmp_path: Path
) -> None:
    recording = market_data / "l2_binance_raw" / "usdm_ethusdt_20240808.gz"
    whole = Counter(type(one) for one in BinanceRawSource([recording]).events())
    source = open_raw([kept(recording, tmp_path, b"bookTicker", b"trade")])
    counts = Counter(type(one) for one in source.events())

    assert isinstance(source, BinanceQuoteSource)
    assert source.markets[ContractId("ETHUSDT")].tick == Decimal("0.01")
    assert counts[BestBidOffer] == whole[BestBidOffer] > 1000
    assert counts[PublicTrade] == whole[PublicTrade] > 1000


def test_the_trades_of_a_real_recording_make_best_prices_near_the_true_ones(
    market_data: Path, tmp_path: Path
) -> None:
    recording = market_data / "l2_binance_raw" / "usdm_btcusdt_20240808.gz"
    source = open_raw([kept(recording, tmp_path, b"trade")])
    made = [one for one in source.events() if isinstance(one, BestBidOffer)]
    true: list[BestBidOffer] = []
    best: BestBidOffer | None = None
    for event in BinanceRawSource([recording]).events():
        if isinstance(event, BestBidOffer):
            best = event
        elif isinstance(event, PublicTrade):
            assert best is not None
            true.append(best)
    ticks_away = [abs(one.bid - other.bid) / 0.1 for one, other in zip(made, true, strict=True)]

    assert source.markets[BTC].tick == Decimal("0.1")
    assert all(one.ask - one.bid == pytest.approx(0.1) for one in made)
    assert len(made) > 20_000
    assert median(ticks_away) < 1.5
