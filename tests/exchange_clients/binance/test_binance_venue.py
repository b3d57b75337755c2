"""Binance as a whole: what it promises, where it is, and who may speak to it."""

from __future__ import annotations

import pytest

from exchange_clients.base_models import Feature
from exchange_clients.binance import get_binance_symbol_format, normalize_symbol
from exchange_clients.binance.client.core import VENUE
from exchange_clients.errors import MissingCredentialsError
from exchange_clients.shared import account_words, venue
from exchange_clients.shared.assembly import choose_environment, credentials_of
from exchange_clients.shared.flow import Method, Request
from exchange_clients.shared.signing import SigningContext, simulated_seal
from tests.exchange_clients.binance.binance_samples import TABLE

KEYS = {"BINANCE_API_KEY": "key", "BINANCE_API_SECRET": "secret"}
PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAAB\n-----END PRIVATE KEY-----"


def words(variables: dict[str, str]) -> venue.PrivateWords:
    held = credentials_of(VENUE, variables)
    return VENUE.private(TABLE, VENUE.environments["prod"], held, simulated_seal)


def signature(variables: dict[str, str]) -> str:
    request = Request(Method.GET, "/fapi/v1/order", {"symbol": "BTCUSDT"}, private=True)
    wire = words(variables).signer.prepare(request, SigningContext(5, None, 0, None))
    return wire.path.partition("&signature=")[2]


def test_the_secret_says_which_kind_of_key_it_is_of() -> None:
    text = b"symbol=BTCUSDT&recvWindow=5000&timestamp=5"
    assert signature(KEYS) == simulated_seal(text).hex()
    spelt = signature({**KEYS, "BINANCE_API_SECRET": PEM})
    assert spelt.endswith("%3D%3D")


@pytest.mark.parametrize(
    ("variables", "missing"),
    [
        ({}, "BINANCE_API_KEY (not set), BINANCE_API_SECRET (not set)"),
        ({**KEYS, "BINANCE_API_SECRET": PEM + "A" * 200},
         "BINANCE_API_SECRET (is an RSA key: make one of HMAC or Ed25519"),
    ],
)  # fmt: skip
def test_what_is_missing_or_of_another_kind_is_named(
    variables: dict[str, str], missing: str
) -> None:
    with pytest.raises(MissingCredentialsError) as raised:
        credentials_of(VENUE, variables)
    assert missing in str(raised.value)
    assert "AAAA" not in str(raised.value)


def test_the_stream_has_a_session_and_no_request_waits_for_it() -> None:
    private = words(KEYS)
    assert private.session is not None
    assert private.streams_only


def test_everything_that_can_be_asked_for_has_a_word() -> None:
    private = words(KEYS)
    assert isinstance(private.orders, venue.AmendWords)
    assert isinstance(private.orders, venue.BatchWords)
    assert isinstance(private.orders, venue.CancelAllWords)
    assert isinstance(private.orders, venue.DeadManWords)
    assert isinstance(private.account, account_words.LeverageWords)
    assert isinstance(private.account, account_words.BracketWords)
    assert isinstance(private.account, account_words.FeeWords)
    assert isinstance(private.account, account_words.PaymentWords)
    assert isinstance(private.account, account_words.PositionModeWords)
    assert isinstance(private.account, account_words.LimitWords)
    assert isinstance(VENUE.markets, venue.HistoryWords)
    assert isinstance(VENUE.markets, venue.TimeWords)
    assert isinstance(VENUE.funding, venue.RateHistoryWords)
    assert VENUE.features == {
        Feature.CONDITIONAL_ORDERS, Feature.TRAILING_STOP, Feature.LIQUIDATION_EVENTS,
        Feature.HEDGE_MODE,
    }  # fmt: skip


def test_there_are_two_places_to_try_things_out() -> None:
    hosts = {name: each.urls["rest"] for name, each in VENUE.environments.items()}
    assert hosts == {
        "prod": "https://fapi.binance.com",
        "demo": "https://demo-fapi.binance.com",
        "testnet": "https://testnet.binancefuture.com",
    }
    given = {"PERP_BINANCE_WS_MARKET_URL": "wss://demo-fstream.binance.com/market"}
    urls = choose_environment(VENUE, "demo", given).urls
    assert urls["ws_market"] == "wss://demo-fstream.binance.com/market"
    assert urls["ws_public"] == "wss://fstream.binancefuture.com/public"
    assert urls["ws_private"] == "wss://fstream.binancefuture.com/private"


def test_each_of_them_has_keys_of_its_own() -> None:
    variables = {name: [field.variable for field in each.fields] for name, each in
                 VENUE.environments.items()}  # fmt: skip
    assert variables == {
        "prod": [],
        "demo": ["BINANCE_DEMO_API_KEY", "BINANCE_DEMO_API_SECRET"],
        "testnet": ["BINANCE_FUTURES_TESTNET_API_KEY", "BINANCE_FUTURES_TESTNET_API_SECRET"],
    }


@pytest.mark.parametrize(
    ("contract", "symbol"),
    [
        ("BTCUSDT", "BTC"), ("1000PEPEUSDT", "PEPE"), ("1000SHIBUSDT", "SHIB"),
        ("1INCHUSDT", "1INCH"), ("ETHUSDC", "ETH"), ("币安人生USDT", "币安人生"),
        ("btcusdt", "BTC"), ("1MBABYDOGEUSDT", "BABYDOGE"),
    ],
)  # fmt: skip
def test_a_contract_is_known_by_its_plain_symbol(contract: str, symbol: str) -> None:
    assert normalize_symbol(contract) == symbol


@pytest.mark.parametrize("contract", ["BTCUSDT", "1000PEPEUSDT", "1000SHIBUSDT", "1INCHUSDT"])
def test_a_plain_symbol_has_its_usual_contract(contract: str) -> None:
    assert get_binance_symbol_format(normalize_symbol(contract)) == contract


def test_what_costs_more_is_counted_so() -> None:
    limits = VENUE.limits
    assert limits.cost_of("place") == {"orders_1m": 1, "orders_10s": 1}
    assert limits.cost_of("place_many") == {"weight": 5, "orders_1m": 1, "orders_10s": 5}
    assert limits.cost_of("order") == limits.cost_of("algoOrder") == {"weight": 1}
    assert limits.cost_of("income") == {"weight": 30}
    assert limits.cost_of("fundingRate") == limits.cost_of("fundingInfo") == {"funding": 1}
    known = {bucket.name for bucket in limits.buckets}
    assert all(set(costs) <= known for costs in limits.costs.values())


def test_the_venues_own_count_is_read_where_it_is_told() -> None:
    used = VENUE.limits.used
    assert used is not None
    told = {
        "x-mbx-used-weight-1m": "12", "x-mbx-order-count-1m": "3", "x-mbx-order-count-10s": "1",
    }  # fmt: skip
    assert used(told) == {"weight": 12, "orders_1m": 3, "orders_10s": 1}
    assert used({"x-mbx-used-weight-1m": "?"}) == {}
