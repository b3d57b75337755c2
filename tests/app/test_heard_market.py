"""What is heard is on disk before it is traded on."""

from __future__ import annotations

import errno
from decimal import Decimal
from pathlib import Path

import pytest

from app.heard_market import HeardMarket, Tape, heard_terms
from app.recording_file import RecordingFile, cut_torn_line
from app.steady_clock import SteadyClock
from exchange_clients.base_models import NS, ContractId, Market, Side, Symbol
from exchange_clients.events import Signal, StreamSignal
from exchange_clients.paper import PaperConfig
from exchange_clients.paper.clocked import ClockedExchange
from exchange_clients.paper.funding import HOUR_NS
from exchange_clients.paper.sources.stream_recording import HeardFunding, StreamRecordingSource
from exchange_clients.paper.sources.stream_rows import BookRow, FundingRow, Row, TradeRow
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual

BTC = Market(Symbol("BTC"), ContractId("BTC-PERP"), tick=Decimal("0.5"), step=Decimal("0.1"))
START_NS = 1_700_000_000 * NS
BOOK = BookRow(START_NS, None, [(100.0, 1.0)], [(100.5, 1.0)])


class FullDisk(RecordingFile):
    """Refuses everything but the header."""

    def write(self, row: Row) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_row_is_written_and_then_moves_the_market(tmp_path: Path) -> None:
    async def main(loop: VirtualLoop) -> None:
        file = RecordingFile(tmp_path / "btc.jsonl", "venue prod", BTC)
        exchange = ClockedExchange(
            HeardMarket("venue prod", [BTC], START_NS), PaperConfig(), VirtualClock(loop)
        )
        exchange.open()
        rates = HeardFunding()
        tape = Tape(file, BTC, exchange, rates)
        tape.put(FundingRow(START_NS, Decimal("0.0001"), Decimal(1), None))
        tape.put(BOOK)
        assert exchange.markets[BTC.contract_id].ready
        assert rates.rate(BTC.contract_id, START_NS) == Decimal("0.0001")
        tape.close()
        exchange.close()
        read = StreamRecordingSource(tmp_path / "btc.jsonl")
        assert read.markets == {BTC.contract_id: BTC}
        assert len(list(read.events())) == 2
        assert file.counts == {"funding": 1, "book": 1}

    run_virtual(main, epoch_ns=START_NS)


def test_tapes_of_several_markets_are_read_again_as_they_were_heard(tmp_path: Path) -> None:
    ether = Market(Symbol("ETH"), ContractId("ETH-PERP"), tick=Decimal("0.1"), step=Decimal("0.1"))
    for market, instants in ((BTC, (0, 3, 4)), (ether, (1, 2, 5))):
        file = RecordingFile(tmp_path / f"{market.symbol}.jsonl", "venue prod", market)
        for instant in instants:
            file.write(BookRow(START_NS + instant, None, [(100.0, 1.0)], [(100.5, 1.0)]))
        file.close()
    pasts = [StreamRecordingSource(tmp_path / f"{symbol}.jsonl") for symbol in ("BTC", "ETH")]
    source = HeardMarket("venue prod", [BTC, ether], START_NS, pasts)
    told = [(event.local_ns - START_NS) for event in source.events()]
    assert told[:6] == [0, 1, 2, 3, 4, 5]


def test_each_market_settles_at_instants_of_its_own() -> None:
    hourly, slow = ContractId("A"), ContractId("B")
    rates = {hourly: HeardFunding(), slow: HeardFunding()}
    for heard in rates.values():
        heard.hear(FundingRow(0, Decimal("0.001"), Decimal(1), None))
    terms = heard_terms(rates, {hourly: HOUR_NS, slow: 8 * HOUR_NS})
    assert terms is not None
    assert terms.interval_ns == HOUR_NS
    assert terms.rule.rate(hourly, 3 * HOUR_NS) == Decimal("0.001")
    assert terms.rule.rate(slow, 3 * HOUR_NS) == 0
    assert terms.rule.rate(slow, 8 * HOUR_NS) == Decimal("0.001")
    assert heard_terms(rates, {}) is None


def test_a_full_disk_ends_the_market_before_anything_is_traded_on_it(tmp_path: Path) -> None:
    async def main(loop: VirtualLoop) -> None:
        exchange = ClockedExchange(
            HeardMarket("venue prod", [BTC], START_NS), PaperConfig(), VirtualClock(loop)
        )
        signals: list[StreamSignal] = []
        exchange.add_signal_listener(signals.append)
        exchange.open()
        file = FullDisk(tmp_path / "btc.jsonl", "venue prod", BTC)
        tape = Tape(file, BTC, exchange, HeardFunding())
        tape.put(BOOK)
        tape.put(TradeRow(START_NS + 1, None, 100.0, 1.0, Side.BUY))
        assert tape.failure is not None
        assert [each.signal for each in signals] == [Signal.ENDED]
        assert not exchange.markets[BTC.contract_id].ready
        tape.close()
        exchange.close()

    run_virtual(main, epoch_ns=START_NS)


@pytest.mark.parametrize(("tail", "kept"), [(b"", 2), (b'["trade",17', 2), (b"[]\n", 3)])
def test_a_line_that_was_not_written_to_its_end_is_cut(
    tmp_path: Path, tail: bytes, kept: int
) -> None:
    path = tmp_path / "btc.jsonl"
    file = RecordingFile(path, "venue prod", BTC)
    file.write(BOOK)
    file.close()
    path.write_bytes(path.read_bytes() + tail)
    cut_torn_line(path)
    assert path.read_bytes().count(b"\n") == kept
    assert path.read_bytes().endswith(b"\n")


def test_a_file_that_goes_on_has_one_header(tmp_path: Path) -> None:
    path = tmp_path / "btc.jsonl"
    for resume in (False, True):
        file = RecordingFile(path, "venue prod", BTC, resume=resume)
        file.write(BOOK)
        file.close()
    assert path.read_bytes().count(b'"recording"') == 1
    assert len(list(StreamRecordingSource(path).events())) == 3


def test_a_new_recording_never_overwrites_one(tmp_path: Path) -> None:
    RecordingFile(tmp_path / "btc.jsonl", "venue prod", BTC).close()
    with pytest.raises(FileExistsError):
        RecordingFile(tmp_path / "btc.jsonl", "venue prod", BTC)


def test_a_steady_clock_begins_no_earlier_than_it_is_told_and_never_steps_back() -> None:
    later_ns = 4_000_000_000 * NS
    clock = SteadyClock(later_ns)
    first_ns = clock.now_ns()
    assert first_ns >= later_ns
    assert clock.now_ns() >= first_ns
