"""Live rows on their way to a paper exchange: on tape first, for a restart to read again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.recording_file import RecordingFile
from exchange_clients.base_models import ContractId, Market
from exchange_clients.events import Signal, StreamSignal
from exchange_clients.paper.clocked import ClockedExchange
from exchange_clients.paper.sources.base import Liquidity, SourceEvent, SourceInfo
from exchange_clients.paper.sources.stream_recording import HeardFunding, StreamRecordingSource
from exchange_clients.paper.sources.stream_rows import FundingRow, Row, RowReader
from exchange_clients.paper.timeline import NEVER_NS


class HeardMarket:
    """A market source: what is on tape, then an instant that never comes.

    Args:
        venue: Name and environment, for people.
        market: As the venue lists it.
        start_ns: When the run began.
        past: The tape of before; None at a first start.
    """

    def __init__(
        self, venue: str, market: Market, start_ns: int, past: StreamRecordingSource | None
    ) -> None:
        self._past = past
        self.markets: Mapping[ContractId, Market] = {market.contract_id: market}
        self.info = SourceInfo(f"{venue}, live", Liquidity.DEPTH, start_ns, None, None)

    def events(self) -> Iterator[SourceEvent]:
        """Yield the past; the present is put in by hand."""
        for event in () if self._past is None else self._past.events():
            if not (isinstance(event, StreamSignal) and event.signal is Signal.ENDED):
                yield event
        yield StreamSignal(Signal.CONNECTED, None, NEVER_NS)


class Tape:
    """Takes every row: to the disk first, then to the exchange.

    Args:
        file: Open for writing.
        market: What the rows are of.
        exchange: Takes the events.
        rates: Takes the funding rates.
    """

    def __init__(
        self, file: RecordingFile, market: Market, exchange: ClockedExchange, rates: HeardFunding
    ) -> None:
        self.failure: OSError | None = None
        """Why it ended, where the disk refused a row."""
        self._file = file
        self._exchange = exchange
        self._rates = rates
        self._reader = RowReader(market.contract_id)

    def put(self, row: Row) -> None:
        """Take a row; what cannot be written must not be traded on, so the market ends then."""
        if self.failure is not None:
            return
        try:
            self._file.write(row)
        except OSError as error:
            self.failure = error
            self._exchange.hear(StreamSignal(Signal.ENDED, None, row.local_ns, str(error)))
            return
        if isinstance(row, FundingRow):
            self._rates.hear(row)
        event = self._reader.event(row)
        if event is not None:
            self._exchange.hear(event)

    def close(self) -> None:
        """Write no more."""
        self._file.close()
