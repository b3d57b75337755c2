"""Live rows on their way to a paper exchange: on tape first, for a restart to read again."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from math import gcd

from app.recording_file import RecordingFile
from exchange_clients.base_models import ZERO, ContractId, Market
from exchange_clients.events import Signal, StreamSignal
from exchange_clients.paper.clocked import ClockedExchange
from exchange_clients.paper.funding import FundingTerms
from exchange_clients.paper.sources.base import Liquidity, SourceEvent, SourceInfo
from exchange_clients.paper.sources.stream_recording import HeardFunding, StreamRecordingSource
from exchange_clients.paper.sources.stream_rows import FundingRow, Row, RowReader
from exchange_clients.paper.timeline import NEVER_NS


class HeardMarket:
    """A market source: what is on the tapes, then an instant that never comes.

    Args:
        venue: Name and environment, for people.
        markets: As the venue lists them.
        start_ns: When the run began.
        pasts: The tapes of before; none at a first start.
    """

    def __init__(
        self,
        venue: str,
        markets: Sequence[Market],
        start_ns: int,
        pasts: Sequence[StreamRecordingSource] = (),
    ) -> None:
        self._pasts = pasts
        self.markets: Mapping[ContractId, Market] = {each.contract_id: each for each in markets}
        self.info = SourceInfo(f"{venue}, live", Liquidity.DEPTH, start_ns, None, None)

    def events(self) -> Iterator[SourceEvent]:
        """Yield the past; the present is put in by hand."""
        # Whoever hears gives each row an instant of its own: tapes merge as they were heard.
        told = heapq.merge(*(past.events() for past in self._pasts), key=_local_ns)
        for event in told:
            if not (isinstance(event, StreamSignal) and event.signal is Signal.ENDED):
                yield event
        yield StreamSignal(Signal.CONNECTED, None, NEVER_NS)


class HeardRates:
    """The rates of several markets, each at the settlements of its own.

    Args:
        rates: As they are heard, by contract.
        intervals_ns: From settlement to settlement, by contract.
    """

    def __init__(
        self, rates: Mapping[ContractId, HeardFunding], intervals_ns: Mapping[ContractId, int]
    ) -> None:
        self._rates = rates
        self._intervals_ns = intervals_ns

    def rate(self, contract_id: ContractId, settlement_ns: int) -> Decimal:
        """Return the last rate stated; zero where this market does not settle at that instant."""
        interval_ns = self._intervals_ns.get(contract_id)
        if interval_ns is None or settlement_ns % interval_ns:
            return ZERO
        return self._rates[contract_id].rate(contract_id, settlement_ns)


def heard_terms(
    rates: Mapping[ContractId, HeardFunding], intervals_ns: Mapping[ContractId, int]
) -> FundingTerms | None:
    """Return settlements as often as the markets together have them; None where none has any."""
    if not intervals_ns:
        return None
    return FundingTerms(gcd(*intervals_ns.values()), HeardRates(rates, intervals_ns))


def _local_ns(event: SourceEvent) -> int:
    return event.local_ns


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
