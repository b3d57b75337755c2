"""Funding rates and activity, as OKX words them: the rate is charged at the time beside it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec

from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats, parse_instant
from exchange_clients.base_models import ContractId, Symbol
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import Unreadable
from exchange_clients.okx.client.utils.converters import BY_TIME, RAW, field_of, pages
from exchange_clients.okx.common import SWAP, ask
from exchange_clients.shared.amounts import Amount, Digits, Optional, Positive, number
from exchange_clients.shared.flow import Flow, Request
from exchange_clients.shared.funding_rows import HOUR_MS, by_symbol, hours_between, samples_within
from exchange_clients.shared.instants import MS
from exchange_clients.shared.market_table import Listing, MarketTable
from exchange_clients.shared.rows import as_is, by_contract, read_rows, told_apart
from exchange_clients.shared.venue import Rates, Stats

EVERY = "ANY"
"""Asks for the rates of all swaps at once."""


class _Row(msgspec.Struct, rename="camel"):
    inst_id: ContractId


class Rate(_Row, rename="camel"):
    """A rate in the answer and in the stream."""

    funding_rate: Amount
    funding_time: Digits
    next_funding_time: Digits
    ts: Digits = "0"

    @property
    def hours(self) -> Decimal:
        """The interval, which is that between the two settlements told."""
        return Decimal(int(self.next_funding_time) - int(self.funding_time)) / HOUR_MS


class _Ticker(_Row, rename="camel"):
    vol_ccy24h: Optional = msgspec.field(name="volCcy24h")


class _Interest(_Row, rename="camel"):
    oi_usd: Optional


class Mark(_Row, rename="camel"):
    """A market's mark price."""

    mark_px: Positive


class _Settled(_Row, rename="camel"):
    realized_rate: Optional
    funding_rate: Amount
    funding_time: Digits

    @property
    def at_ms(self) -> int:
        return int(self.funding_time)

    def sample(self, symbol: Symbol, hours: Decimal | None) -> FundingRateSample | Unreadable:
        if hours is None:
            return Unreadable((), f"the rate settled at {self.at_ms} ms stands alone")
        rate = Decimal(self.realized_rate or self.funding_rate)
        return FundingRateSample(symbol, rate, hours, parse_instant(self.at_ms))


R = TypeVar("R", bound=_Row)


class OkxFunding:
    """Public funding data, of every swap in one answer."""

    def rates(self, table: MarketTable, contracts: Sequence[ContractId]) -> Flow[Rates]:
        """Return the rate that settles next, of each contract."""
        every = contracts[0] if len(contracts) == 1 else EVERY
        rows = yield from _by_contract(
            ask("public/funding-rate", "slow_public", private=False, instId=every), Rate
        )
        return by_symbol(table, contracts, rows, _sample)

    def stats(self, table: MarketTable, contracts: Sequence[ContractId]) -> Flow[Stats]:
        """Return volume, which is told in coins, at the mark, and open interest of one side."""
        tickers = yield from _by_contract(
            ask("market/tickers", "", private=False, instType=SWAP), _Ticker
        )
        interests = yield from _by_contract(
            ask("public/open-interest", "", private=False, instType=SWAP), _Interest
        )
        marks = yield from _by_contract(
            ask("public/mark-price", "slow_public", private=False, instType=SWAP), Mark
        )
        found: dict[Symbol, MarketStats | Unreadable] = {}
        for contract_id in contracts:
            symbol = table.of_contract(contract_id).market.symbol
            told = (tickers.get(contract_id), interests.get(contract_id), marks.get(contract_id))
            ticker, interest, mark = told
            if (
                isinstance(ticker, _Ticker)
                and isinstance(interest, _Interest)
                and isinstance(mark, Mark)
            ):
                price = Decimal(mark.mark_px)
                volume = number(ticker.vol_ccy24h) * price
                found[symbol] = MarketStats(symbol, volume, number(interest.oi_usd), price)
            elif unread := [row for row in told if isinstance(row, Unreadable)]:
                found[symbol] = unread[0]
        return found

    def history(
        self, table: MarketTable, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Flow[Sequence[FundingRateSample | Unreadable]]:
        """Return settled rates; the interval of each is the time since the one before it."""
        symbol = table.of_contract(contract_id).market.symbol
        request = ask(
            "public/funding-rate-history", "slow_public", private=False,
            instId=contract_id, after=-(-until_ns // MS),
        )  # fmt: skip
        # One more than was asked for is read, which tells the first one's interval.
        rows = yield from pages(
            request, BY_TIME, lambda told: int(str(field_of(told[-1], BY_TIME))) * MS < since_ns
        )
        known, unread = told_apart(read_rows(rows, _Settled, as_is, ("instId",)))
        settled = {row.at_ms: row for row in known}
        hours = hours_between(settled)
        samples = [row.sample(symbol, hours.get(at_ms)) for at_ms, row in settled.items()]
        return samples_within([*samples, *unread], since_ns, until_ns)


def _sample(listing: Listing, row: Rate) -> FundingRateSample:
    next_time = parse_instant(int(row.funding_time))
    return FundingRateSample(listing.market.symbol, Decimal(row.funding_rate), row.hours, next_time)


def _by_contract(request: Request, row_type: type[R]) -> Flow[dict[ContractId, R | Unreadable]]:
    answer = yield request
    rows = read_rows(RAW.decode(answer.body).data, row_type, as_is, ("instId",))
    if not rows:
        raise MalformedPayload(f"{request.path} lists nothing")
    return by_contract(rows, lambda row: row.inst_id)
