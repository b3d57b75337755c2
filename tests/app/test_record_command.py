"""``runbot.py record``: what a venue says of a market can be replayed."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

import runbot
from exchange_clients.events import Signal, StreamSignal
from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.paper.sources.open import open_source
from exchange_clients.paper.timeline import FixedLimit

VENUES = ("aster", "backpack", "binance", "edgex", "grvt", "lighter", "okx", "paradex")
LINE = "record --ticker BTC --environment simulator --duration 1.5 --exchange"


@pytest.fixture(autouse=True)
def a_clean_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("venue", VENUES)
def test_a_recording_replays_with_a_sound_book_all_through(venue: str) -> None:
    assert runbot.main([*LINE.split(), venue, "--out", "btc.jsonl"], {}) == 0
    source = open_source("btc.jsonl", ticker="BTC")
    assert source.info.assumptions == ()
    assert source.info.name == "btc.jsonl"
    exchange = PaperExchange(source)
    signals: list[StreamSignal] = []
    exchange.add_signal_listener(signals.append)
    exchange.open()
    exchange.run(FixedLimit(1 << 61), 0)
    assert [each.signal for each in signals] == [Signal.READY, Signal.ENDED]


def test_a_recording_is_traded_on_paper_at_the_venues_own_terms(tmp_path: Path) -> None:
    assert runbot.main([*LINE.split(), "backpack", "--out", "btc.jsonl.gz"], {}) == 0
    assert gzip.decompress(Path("btc.jsonl.gz").read_bytes()).startswith(b'{"recording":"stream 1"')
    line = (
        "--strategy grid --exchange paper --ticker BTC --data btc.jsonl.gz --speed max "
        "--quantity 0.001 --take-profit 0.05 --wait-time 1 --report out.json --no-panel"
    )
    assert runbot.main(line.split(), {}) == 0
    report = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert report["outcome"] == "the market data ended"
    assert report["contract_id"] == "BTC_USDC_PERP"
    assert report["assumptions"] == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("record", "--exchange is missing"),
        ("record --exchange lighter --ticker BTC", "--out is missing"),
        ("record --exchange lihgter --ticker BTC --out a", "did you mean lighter?"),
        ("record --exchange paper --ticker BTC --out a", "--exchange: no paper to record"),
        ("record --exchange lighter --ticker BTC --out no/a", "--out: there is no folder no"),
        ("record --exchange lighter --ticker BTC --out b", "--out: b is there already"),
        ("record --exchange lighter --ticker B*C --out a", "a market's symbol"),
        ("record --exchange lighter --ticker BTC --out a --duration x", "--duration: 'x'"),
        ("record --exchange lighter --ticker BTC --out a --environment paper", "does not exist"),
    ],
)
def test_a_wrong_line_is_told_before_anything_is_written(
    tmp_path: Path, line: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "b").write_text("kept", encoding="utf-8")
    assert runbot.main(line.split(), {}) == 2
    assert message in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_a_market_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    line = "record --exchange lighter --ticker NONE --out a --environment simulator"
    assert runbot.main(line.split(), {}) == 2
    assert "NONE" in capsys.readouterr().err
    assert not Path("a").exists()
