"""Public funding data of a network venue, read without an account."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from exchange_clients.base_models import Symbol
from exchange_clients.errors import ClientConfigError, ExchangeError, UnsupportedFeature
from exchange_clients.shared.flow import Response
from exchange_clients.shared.funding_adapter.adapter import VenueFundingAdapter
from exchange_clients.shared.venue import Venue
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from tests.support.toy_extras import RICH
from tests.support.toy_host import BTC, ETH, Fault, ToyHost, market
from tests.support.toy_stage import toy_link
from tests.support.toy_venue import VENUE

BTC_SYMBOL, ETH_SYMBOL = Symbol("BTC"), Symbol("ETH")
RATE = {
    "symbol": "BTC",
    "raw_rate": "0.0001",
    "interval_hours": "4",
    "next_funding_time": "2026-11-21T08:00:00Z",
}
Scene = Callable[[VenueFundingAdapter, ToyHost, VirtualClock], Awaitable[object]]


def play(scene: Scene, venue: Venue = RICH) -> ToyHost:
    hosts: list[ToyHost] = []

    async def main(loop: VirtualLoop) -> None:
        clock = VirtualClock(loop)
        host = ToyHost(clock)
        hosts.append(host)
        adapter = VenueFundingAdapter(toy_link(clock, host, venue, private=False))
        await scene(adapter, host, clock)
        await adapter.close()
        await adapter.close()

    run_virtual(main)
    return hosts[0]


def test_rates_are_the_venues_own_with_their_interval() -> None:
    async def scene(adapter: VenueFundingAdapter, host: ToyHost, clock: VirtualClock) -> None:
        host.answers["/funding"] = lambda _: {"BTC": RATE}
        (rate,) = (await adapter.fetch_funding_rates()).values()
        assert (rate.raw_rate, rate.normalized_rate) == (Decimal("0.0001"), Decimal("0.0002"))
        assert rate.next_funding_time == datetime(2026, 11, 21, 8, tzinfo=UTC)

    assert play(scene).closed == 1


def test_a_row_that_cannot_be_read_is_counted_and_hides_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scene(adapter: VenueFundingAdapter, host: ToyHost, clock: VirtualClock) -> None:
        host.answers["/funding"] = lambda _: {"ETH": {**RATE, "raw_rate": None}, "BTC": RATE}
        assert list(await adapter.fetch_funding_rates()) == [BTC_SYMBOL]
        assert adapter.unreadable_rows == 1

    with caplog.at_level(logging.WARNING):
        play(scene)
    assert "event=unreadable venue=toy what=funding_rate" in caplog.text


def test_an_answer_that_cannot_be_had_is_an_error() -> None:
    async def scene(adapter: VenueFundingAdapter, host: ToyHost, clock: VirtualClock) -> None:
        host.faults = [Fault("GET", "/funding", 99, arrives=False, answer=Response(200, b"<html>"))]
        with pytest.raises(ExchangeError):
            await adapter.fetch_funding_rates()

    assert play(scene).closed == 1


def test_activity_is_asked_of_one_market_or_of_all() -> None:
    stats = {"symbol": "BTC", "volume_24h": "10", "open_interest": "7"}
    asked: list[str] = []

    async def scene(adapter: VenueFundingAdapter, host: ToyHost, clock: VirtualClock) -> None:
        def answer(params: object) -> object:
            assert isinstance(params, dict)
            asked.append(params["markets"])
            return {"BTC": stats}

        host.answers["/stats"] = answer
        assert (await adapter.fetch_market_data())[BTC_SYMBOL].open_interest == 7
        assert (await adapter.fetch_market_data(BTC_SYMBOL))[BTC_SYMBOL].volume_24h == 10
        with pytest.raises(ClientConfigError, match="symbol DOGE is not listed"):
            await adapter.fetch_market_data(Symbol("DOGE"))

    play(scene)
    assert asked == [f"{BTC},{ETH}", BTC]


def test_history_is_read_to_the_last_page() -> None:
    async def scene(adapter: VenueFundingAdapter, host: ToyHost, clock: VirtualClock) -> None:
        def answer(params: object) -> object:
            assert isinstance(params, dict)
            assert (params["since"], params["until"]) == ("0", str(3600 * 10**9))
            first = not params.get("cursor")
            return {"rows": [RATE, RATE] if first else [RATE], "next": "2" if first else None}

        host.answers["/history"] = answer
        span = datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, 1, tzinfo=UTC)
        assert len(await adapter.fetch_funding_history(BTC_SYMBOL, *span)) == 3

    play(scene)


def test_a_venue_that_does_not_tell_past_rates_is_said_to_be_such() -> None:
    async def scene(adapter: VenueFundingAdapter, host: ToyHost, clock: VirtualClock) -> None:
        now = datetime(1970, 1, 1, tzinfo=UTC)
        with pytest.raises(UnsupportedFeature, match="toy does not support past funding rates"):
            await adapter.fetch_funding_history(BTC_SYMBOL, now, now)

    assert play(scene, VENUE).asked == []


def test_names_are_the_venues() -> None:
    async def scene(adapter: VenueFundingAdapter, host: ToyHost, clock: VirtualClock) -> None:
        assert adapter.normalize_symbol("BTC-PERP") == BTC_SYMBOL
        assert adapter.get_dex_symbol_format("pepe") == "PEPE-PERP"
        host.answers["/funding"] = lambda _: {}
        await adapter.fetch_funding_rates()
        assert adapter.get_dex_symbol_format("btc") == BTC

    play(scene)


def test_new_markets_are_seen_in_time() -> None:
    async def scene(adapter: VenueFundingAdapter, host: ToyHost, clock: VirtualClock) -> None:
        host.answers["/funding"] = lambda _: {}
        await adapter.fetch_funding_rates()
        host.markets = {ETH: market(ETH)}
        await clock.sleep(1000)
        await adapter.fetch_funding_rates()
        assert adapter.get_dex_symbol_format("BTC") == "BTC-PERP"
        assert host.sent("GET", "/markets") == 2

    play(scene)
