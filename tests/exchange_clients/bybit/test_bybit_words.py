"""Bybit as a whole: environments, keys, spellings, limits, what it can do."""

from __future__ import annotations

import pytest

from exchange_clients.base_models import Feature, OrderStatus
from exchange_clients.bybit import get_bybit_symbol_format, normalize_symbol
from exchange_clients.bybit.client.core import VENUE
from exchange_clients.bybit.client.utils.signing import BybitSigner
from exchange_clients.bybit.common import CANCELED_BY, ENDS, LIMITS, STATUS
from exchange_clients.errors import MissingCredentialsError
from exchange_clients.shared import account_words, venue
from exchange_clients.shared.assembly import choose_environment, credentials_of, open_link
from exchange_clients.shared.venue import PrivateWords
from tests.exchange_clients.bybit.bybit_samples import TABLE

KEYS = {
    f"{family}_API_{part}": f"{family}-{part}"
    for family in ("BYBIT", "BYBIT_TESTNET", "BYBIT_DEMO")
    for part in ("KEY", "SECRET")
}


def words(name: str = "prod") -> PrivateWords:
    """Return what an account can say in an environment."""
    environment = VENUE.environments[name]
    held = credentials_of(VENUE, KEYS, environment=environment)
    return VENUE.private(TABLE, environment, held, None)


@pytest.mark.parametrize(
    ("name", "rest", "public", "private"),
    [
        ("prod", "api.bybit.com", "stream.bybit.com", "stream.bybit.com"),
        ("testnet", "api-testnet.bybit.com", "stream-testnet.bybit.com",
         "stream-testnet.bybit.com"),
        ("demo", "api-demo.bybit.com", "stream.bybit.com", "stream-demo.bybit.com"),
    ],
)  # fmt: skip
def test_demo_trading_has_the_market_of_the_mainnet(
    name: str, rest: str, public: str, private: str
) -> None:
    urls = choose_environment(VENUE, name, {}).urls
    assert urls == {
        "rest": f"https://{rest}",
        "ws_public": f"wss://{public}/v5/public/linear",
        "ws_private": f"wss://{private}/v5/private",
        "ws_trade": f"wss://{private}/v5/trade",
    }


@pytest.mark.parametrize(
    ("name", "family"), [("prod", "BYBIT"), ("testnet", "BYBIT_TESTNET"), ("demo", "BYBIT_DEMO")]
)
def test_each_family_of_keys_has_variables_of_its_own(name: str, family: str) -> None:
    assert open_link(VENUE, name, KEYS).account == {"api_key": f"{family}-KEY"}
    missing = {variable: text for variable, text in KEYS.items() if f"{family}_API" not in variable}
    with pytest.raises(MissingCredentialsError, match=rf"{family}_API_KEY \(not set\)"):
        open_link(VENUE, name, missing)


def test_the_secret_is_shown_nowhere() -> None:
    assert "BYBIT-SECRET" not in repr(credentials_of(VENUE, KEYS))
    assert isinstance(words().signer, BybitSigner)


@pytest.mark.parametrize(
    ("contract", "symbol"),
    [
        ("BTCUSDT", "BTC"), ("1000PEPEUSDT", "PEPE"), ("10000SATSUSDT", "SATS"),
        ("SHIB1000USDT", "SHIB"), ("1INCHUSDT", "1INCH"), ("btcusdt", "BTC"),
    ],
)  # fmt: skip
def test_a_contract_is_known_by_its_plain_symbol(contract: str, symbol: str) -> None:
    assert normalize_symbol(contract) == symbol
    assert get_bybit_symbol_format(symbol) == contract.upper()


@pytest.mark.parametrize(
    ("contract", "symbol"),
    [("BTCPERP", "BTC"), ("1000000MOGUSDT", "MOG"), ("0GUSDT", "0G"), ("SPX6900USDT", "SPX6900")],
)
def test_other_names_lead_to_their_symbols_too(contract: str, symbol: str) -> None:
    assert normalize_symbol(contract) == symbol


def test_client_ids_are_within_what_the_venue_takes() -> None:
    space = VENUE.id_space
    assert (space.length, space.bits) == (36, None)
    assert set(space.alphabet) == set("0123456789abcdefghijklmnopqrstuvwxyz")


def test_what_is_asked_for_is_counted_by_address_and_by_account() -> None:
    limits = VENUE.limits
    most = {bucket.name: (bucket.capacity, bucket.window_s) for bucket in limits.buckets}
    assert {most["address"]} == {(600, 5)}
    assert {most[each] for each in ("create", "cancel", "amend", "cancel_all")} == {(10, 1)}
    assert (most["orders"], most["log"], most["fees"]) == ((50, 1), (25, 1), (5, 1))
    assert limits.cost_of("") == {"address": 1}
    assert limits.cost_of("create") == {"address": 1, "create": 1}
    assert all(set(costs) <= set(most) for costs in limits.costs.values())


def test_everything_that_can_be_asked_for_has_a_word() -> None:
    private = words()
    assert isinstance(private.orders, venue.AmendWords)
    assert isinstance(private.orders, venue.BatchWords)
    assert isinstance(private.orders, venue.CancelAllWords)
    for part in (
        account_words.LeverageWords, account_words.BracketWords, account_words.FeeWords,
        account_words.PositionModeWords, account_words.PaymentWords,
    ):  # fmt: skip
        assert isinstance(private.account, part)
    assert isinstance(VENUE.markets, venue.HistoryWords)
    assert isinstance(VENUE.markets, venue.TimeWords)
    assert isinstance(VENUE.funding, venue.RateHistoryWords)
    assert VENUE.features == {
        Feature.CONDITIONAL_ORDERS, Feature.TRAILING_STOP, Feature.LIQUIDATION_EVENTS,
        Feature.HEDGE_MODE, Feature.ATTACHED_EXITS,
    }  # fmt: skip


def test_demo_trading_takes_no_orders_over_a_socket() -> None:
    assert words("demo").entry is None
    assert None not in (words("prod").entry, words("testnet").entry)


def test_the_switch_of_institutions_is_not_offered() -> None:
    assert not isinstance(words().orders, venue.DeadManWords)


def test_what_ended_an_order_is_an_end() -> None:
    assert all(status.terminal for status, _ in ENDS.values())
    assert STATUS["Deactivated"] is STATUS["PartiallyFilledCanceled"] is OrderStatus.CANCELED
    assert all(word.startswith("Cancel") for word in CANCELED_BY)


def test_an_answer_tells_what_is_used_of_its_own_endpoint() -> None:
    assert LIMITS.used is not None
    told = LIMITS.used({"x-bapi-limit": "25", "x-bapi-limit-status": "24"})
    assert told == {"log": 1.0}
    assert LIMITS.used({"x-bapi-limit": "25"}) == {}
