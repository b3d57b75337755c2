"""A venue's classes are a few lines, and are made from a mapping, keywords or both."""

from __future__ import annotations

from typing import Any

import pytest

from exchange_clients.errors import ClientConfigError, MissingCredentialsError
from exchange_clients.factory import ExchangeFactory
from exchange_clients.journal import MemoryJournal
from exchange_clients.shared.client.client_order_ids import NUMBERS_MIN
from exchange_clients.shared.network import (
    NetworkClient,
    NetworkFundingAdapter,
    NetworkSettings,
    NetworkWebSocketManager,
)
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from tests.support.toy_host import ToyHost
from tests.support.toy_stage import toy_link
from tests.support.toy_venue import VENUE

KEYS = {"key": "public", "secret": "s3cret"}


class ToyClient(NetworkClient):
    """A trading client of Toy."""

    VENUE = VENUE


class ToyFeeds(NetworkWebSocketManager):
    """Live feeds of Toy."""

    VENUE = VENUE


class ToyFundingAdapter(NetworkFundingAdapter):
    """Funding data of Toy."""

    VENUE = VENUE


@pytest.mark.parametrize(
    ("config", "keywords"),
    [(None, KEYS), (KEYS, {}), ({**KEYS, "key": "other"}, {"key": "public"})],
)
def test_settings_come_from_keywords_and_from_a_mapping(
    config: dict[str, Any] | None, keywords: dict[str, Any]
) -> None:
    client = ToyClient(config, variables={}, **keywords)
    assert client.get_exchange_name() == "toy"
    assert client._link.account == {"key": "public"}


def test_a_setting_that_is_not_known_is_named_with_the_nearest() -> None:
    with pytest.raises(
        ClientConfigError, match="secrets is no setting of toy; did you mean secret"
    ):
        ToyClient(key="public", secrets="s3cret")


def test_a_testnet_that_is_not_there_is_refused() -> None:
    with pytest.raises(ClientConfigError, match="it has prod, simulator"):
        ToyClient(KEYS, environment="testnet")


def test_feeds_and_adapters_need_no_credentials_and_clients_do() -> None:
    assert ToyFundingAdapter(variables={}).normalize_symbol("BTC-PERP") == "BTC"
    assert not ToyFeeds(variables={}).is_connected
    with pytest.raises(MissingCredentialsError, match="TOY_SECRET"):
        ToyClient(variables={})


def test_client_feeds_and_adapter_share_a_link() -> None:
    async def main(loop: VirtualLoop) -> None:
        clock = VirtualClock(loop)
        host = ToyHost(clock)
        link = toy_link(clock, host)
        client = ToyClient(link=link, journal=MemoryJournal(), name="toy:one", max_book_age_s=1.0)
        feeds, adapter = ToyFeeds(link=link), ToyFundingAdapter(link=link)
        host.answers["/funding"] = lambda _: {}
        await client.connect()
        await feeds.connect()
        assert await feeds.prepare_market_feed("BTC")
        assert await adapter.fetch_funding_rates() == {}
        await client.disconnect()
        await feeds.disconnect()
        assert host.closed == 0
        await adapter.close()
        assert host.closed == 1
        assert client.get_exchange_name() == "toy:one"

    run_virtual(main)


def test_a_client_without_a_journal_begins_at_a_number_of_its_own() -> None:
    numbers = {NetworkSettings().memory().next_order_number() for _ in range(8)}
    assert len(numbers) > 1
    assert max(numbers) <= NUMBERS_MIN // 2


def test_the_factory_makes_venues_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ExchangeFactory, "_registered", dict(ExchangeFactory._registered))
    ExchangeFactory.register("toy", ToyClient)
    client = ExchangeFactory.create_exchange("Toy:two", {**KEYS, "ticker": "BTC"})
    assert client.get_exchange_name() == "toy:two"
    assert isinstance(client, ToyClient)
    assert client._options.ticker == "BTC"
