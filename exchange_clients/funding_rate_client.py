"""Reads a funding rate service: every venue's rates by one question, with the age of each.

Who asks the service spares the venues a question each, and has their past. Rates come as the same
values that a venue's own adapter tells, so whoever uses them need not know whence they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlencode, urlsplit

import msgspec

from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats
from exchange_clients.base_models import Symbol
from exchange_clients.errors import (
    AuthenticationFailed,
    ClientConfigError,
    ExchangeError,
    MalformedPayload,
)
from exchange_clients.shared.clock import to_ns
from exchange_clients.shared.signing import WireRequest
from exchange_clients.shared.transport.chosen import http_transport
from exchange_clients.shared.transport.ports import HttpTransport, Timeouts

URL_VARIABLE = "PERP_FUNDING_SERVICE_URL"
TOKEN_VARIABLE = "PERP_FUNDING_SERVICE_TOKEN"
PAGE_ROWS = 1000
PAGES_MAX = 100
"""More rows than any service holds: a service that always names another page is not followed."""
TIMEOUTS = Timeouts(connect_s=2.0, send_s=2.0, first_byte_s=5.0, total_s=8.0)


@dataclass(frozen=True, slots=True)
class ServedRate:
    """One market's rate as the service tells it."""

    venue: str
    sample: FundingRateSample
    stats: MarketStats
    collected_ns: int
    """When the service asked the venue, by the service's clock (epoch ns)."""
    stale: bool
    """Whether the service itself would not trade on it."""


class FundingRateClient:
    """Asks one service.

    Args:
        base_url: Where it answers: ``http://127.0.0.1:8000``.
        token: Needed where it is not on this machine.
        transport: Carries the questions; over sockets by default.

    Raises:
        ClientConfigError: the URL is none.
    """

    def __init__(
        self, base_url: str, token: str | None = None, *, transport: HttpTransport | None = None
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ClientConfigError(f"{URL_VARIABLE} {base_url!r} is no URL; give http://host:port")
        self._base_url = base_url.rstrip("/")
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._transport = transport or http_transport()

    @classmethod
    def from_variables(cls, variables: Mapping[str, str]) -> FundingRateClient | None:
        """Return a client of the service that the variables name; None where they name none.

        Raises:
            ClientConfigError: the URL is none.
        """
        url = variables.get(URL_VARIABLE)
        return cls(url, variables.get(TOKEN_VARIABLE) or None) if url else None

    def __repr__(self) -> str:
        return f"FundingRateClient({self._base_url})"

    async def rates(
        self, venue: str | None = None, symbols: Sequence[str] = ()
    ) -> list[ServedRate]:
        """Return the running rates, by symbol and venue; stale ones are marked, not left out.

        Args:
            venue: Only this one's; None asks for all.
            symbols: Only these; none given asks for all.

        Raises:
            ExchangeError: the service cannot be reached, or does not know the venue or a symbol.
            AuthenticationFailed: it asks for another token.
            MalformedPayload: the answer is not one of a funding rate service.
        """
        asked = {"limit": str(PAGE_ROWS)}
        if venue is not None:
            asked["dex"] = venue
        if symbols:
            asked["symbol"] = ",".join(symbols)
        rows: list[ServedRate] = []
        offset: int | None = 0
        for _ in range(PAGES_MAX):
            page = await self._page({**asked, "offset": str(offset)})
            rows += [_served(row) for row in page.rates]
            offset = page.next_offset
            if offset is None:
                return rows
        raise MalformedPayload(f"{self._base_url} names page after page")

    async def close(self) -> None:
        """Close the connections; a second call does nothing."""
        await self._transport.close()

    async def _page(self, asked: Mapping[str, str]) -> _Page:
        path = f"/api/v1/funding-rates?{urlencode(asked)}"
        request = WireRequest("GET", path, self._headers)
        answer = await self._transport.send(self._base_url, request, TIMEOUTS)
        if answer.status == 401:
            raise AuthenticationFailed(f"{self._base_url} asks for a token: set {TOKEN_VARIABLE}")
        try:
            if answer.status != 200:
                problem = msgspec.json.decode(answer.body, type=_Problem)
                raise ExchangeError(f"{self._base_url}: {problem.error}")
            return msgspec.json.decode(answer.body, type=_Page)
        except msgspec.MsgspecError as error:
            raise MalformedPayload(
                f"{self._base_url} answered {answer.status}, not as a service would: {error}"
            ) from error


class _Row(msgspec.Struct):
    dex: str
    symbol: str
    rate: Decimal
    interval_hours: Decimal
    next_funding_time: datetime | None
    collected_at: datetime
    stale: bool
    volume_24h_usd: Decimal | None
    open_interest_usd: Decimal | None
    open_interest_halved: bool
    mark_price: Decimal | None


class _Page(msgspec.Struct):
    rates: list[_Row]
    next_offset: int | None


class _Problem(msgspec.Struct):
    error: str


def _served(row: _Row) -> ServedRate:
    symbol = Symbol(row.symbol)
    try:
        sample = FundingRateSample(symbol, row.rate, row.interval_hours, row.next_funding_time)
        collected_ns = to_ns(row.collected_at)
    except ValueError as error:
        raise MalformedPayload(f"{row.dex} {row.symbol}: {error}") from error
    stats = MarketStats(
        symbol,
        row.volume_24h_usd,
        row.open_interest_usd,
        row.mark_price,
        row.open_interest_halved,
    )
    return ServedRate(row.dex, sample, stats, collected_ns, row.stale)
