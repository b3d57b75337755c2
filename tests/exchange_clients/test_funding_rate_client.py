from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats
from exchange_clients.base_models import Symbol
from exchange_clients.errors import (
    AuthenticationFailed,
    ClientConfigError,
    ExchangeError,
    MalformedPayload,
)
from exchange_clients.funding_rate_client import FundingRateClient, ServedRate
from exchange_clients.shared.clock import to_datetime
from exchange_clients.shared.flow import Response
from exchange_clients.shared.signing import WireRequest
from exchange_clients.shared.transport.ports import Timeouts
from execution.settlements import HOUR_NS
from funding_rate_service.api.app import Access
from tests.support.rate_stage import (
    NOON_NS,
    client_of,
    collection,
    open_store,
    rate,
    service_state,
)

URL = "http://127.0.0.1:8000"


class Carried:
    """A transport to a service in this process, or to an answer that a test writes out."""

    def __init__(self, folder: Path, token: str | None = None) -> None:
        self.store = open_store(folder)
        old = collection("okx", rate("BTC"), at_ns=NOON_NS - HOUR_NS)
        told = collection("grvt", rate("BTC", "0.0003", "4"), rate("ETH", "-0.0001"))
        self.api = client_of(service_state(self.store, told, old), Access(token))
        self.written: bytes | None = None

    async def send(
        self, base_url: str, request: WireRequest, timeouts: Timeouts, *, urgent: bool = False
    ) -> Response:
        """Ask the service."""
        del base_url, timeouts, urgent
        if self.written is not None:
            return Response(200, self.written, {})
        answer = self.api.get(request.path, headers=dict(request.headers))
        return Response(answer.status_code, answer.content, {})

    async def close(self) -> None:
        """Close nothing."""


@pytest.fixture
def carried(tmp_path: Path) -> Iterator[Carried]:
    transport = Carried(tmp_path, "looking-glass")
    yield transport
    transport.store.close()


def test_rates_come_as_a_venues_own_adapter_tells_them(
    carried: Carried, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange_clients.funding_rate_client.PAGE_ROWS", 2)
    client = FundingRateClient(URL, "looking-glass", transport=carried)
    rows = asyncio.run(client.rates())
    btc = Symbol("BTC")
    assert [(row.venue, row.sample.symbol, row.stale) for row in rows] == [
        ("grvt", "BTC", False),
        ("okx", "BTC", True),
        ("grvt", "ETH", False),
    ]
    assert rows[0] == ServedRate(
        "grvt",
        FundingRateSample(btc, Decimal("0.0003"), Decimal(4), to_datetime(NOON_NS + 4 * HOUR_NS)),
        MarketStats(btc, Decimal(1000000), Decimal(500000), Decimal(100)),
        NOON_NS,
        stale=False,
    )
    assert len(asyncio.run(client.rates("okx", ["BTC"]))) == 1


def test_what_a_service_refuses_is_told_apart(carried: Carried) -> None:
    client = FundingRateClient(URL, "looking-glass", transport=carried)
    with pytest.raises(ExchangeError, match="no dex 'okxx'; did you mean okx"):
        asyncio.run(client.rates("okxx"))
    with pytest.raises(AuthenticationFailed, match="set PERP_FUNDING_SERVICE_TOKEN"):
        asyncio.run(FundingRateClient(URL, "glass", transport=carried).rates())
    assert "looking-glass" not in repr(client)


@pytest.mark.parametrize(
    "written",
    [b"<html>", b"[]", b'{"rates": [{"dex": "okx"}], "next_offset": null}'],
)
def test_an_answer_of_something_else_is_no_rate(carried: Carried, written: bytes) -> None:
    carried.written = written
    with pytest.raises(MalformedPayload, match="not as a service would"):
        asyncio.run(FundingRateClient(URL, transport=carried).rates())


def test_pages_without_an_end_are_not_followed(carried: Carried) -> None:
    carried.written = b'{"rates": [], "next_offset": 1}'
    with pytest.raises(MalformedPayload, match="page after page"):
        asyncio.run(FundingRateClient(URL, transport=carried).rates())


def test_a_service_is_used_where_the_variables_name_one(carried: Carried) -> None:
    assert FundingRateClient.from_variables({}) is None
    with pytest.raises(ClientConfigError, match="PERP_FUNDING_SERVICE_URL 'rates' is no URL"):
        FundingRateClient("rates", transport=carried)
