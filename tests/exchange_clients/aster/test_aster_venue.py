"""Aster as a whole: credentials of two kinds, spellings, limits."""

from __future__ import annotations

import pytest

from exchange_clients.aster import get_aster_symbol_format, normalize_symbol
from exchange_clients.aster.client.core import VENUE
from exchange_clients.aster.client.utils.signing import AsterSigner
from exchange_clients.base_models import Feature
from exchange_clients.errors import MissingCredentialsError
from exchange_clients.shared import account_words, venue
from exchange_clients.shared.assembly import choose_environment, credentials_of
from exchange_clients.shared.dialects.fapi.signing import HmacSigner
from exchange_clients.shared.flow import drive
from exchange_clients.shared.signing import simulated_seal
from exchange_clients.shared.venue import PrivateWords
from tests.exchange_clients.aster.aster_samples import BTC, TABLE, answer

ADDRESS = "0x21cF8Ae13Bb72632562c6Fff438652Ba1a151bb0"
AGENT = {
    "ASTER_USER_ADDRESS": "0x63DD5aCC6b1aa0f563956C0e534DD30B6dcF7C4e",
    "ASTER_SIGNER_ADDRESS": ADDRESS,
    "ASTER_SIGNER_PRIVATE_KEY": "4f" * 32,
}
API_KEY = {"ASTER_API_KEY": "key", "ASTER_SECRET_KEY": "secret"}


def words(variables: dict[str, str]) -> PrivateWords:
    held = credentials_of(VENUE, variables)
    return VENUE.private(TABLE, VENUE.environments["testnet"], held, simulated_seal)


def test_an_agent_signs_for_a_wallet_on_the_new_paths() -> None:
    private = words(AGENT)
    assert isinstance(private.signer, AsterSigner)
    (request,), _ = drive(private.account.balance(), [answer("http_get_account")])
    assert request.path.startswith("/fapi/v3/")


def test_an_api_key_signs_on_the_old_paths() -> None:
    private = words(API_KEY)
    assert isinstance(private.signer, HmacSigner)
    paths = [
        drive(private.account.balance(), [answer("http_get_account")])[0][0].path,
        drive(private.positions.all(), [answer("http_get_position_risk")])[0][0].path,
        drive(private.orders.active(BTC), [answer("http_get_position_risk")])[0][0].path,
    ]
    assert paths == ["/fapi/v4/account", "/fapi/v2/positionRisk", "/fapi/v1/openOrders"]


def test_a_wallet_comes_before_an_api_key() -> None:
    assert isinstance(words({**AGENT, **API_KEY}).signer, AsterSigner)


@pytest.mark.parametrize(
    ("variables", "missing"),
    [
        ({}, "ASTER_USER_ADDRESS (not set), ASTER_SIGNER_ADDRESS (not set), "
         "ASTER_SIGNER_PRIVATE_KEY (not set)"),
        ({"ASTER_API_KEY": "key"}, "ASTER_SECRET_KEY (not set)"),
        ({**AGENT, "ASTER_USER_ADDRESS": "0x12"}, "ASTER_USER_ADDRESS (must be 0x and 40 hex"),
        ({**AGENT, "ASTER_SIGNER_ADDRESS": "0x" + "g" * 40}, "ASTER_SIGNER_ADDRESS (must be 0x"),
        ({**AGENT, "ASTER_SIGNER_PRIVATE_KEY": "4f"}, "ASTER_SIGNER_PRIVATE_KEY (must be 64"),
    ],
)  # fmt: skip
def test_what_is_missing_or_malformed_is_named(variables: dict[str, str], missing: str) -> None:
    with pytest.raises(MissingCredentialsError) as raised:
        credentials_of(VENUE, variables)
    assert missing in str(raised.value)
    assert "4f4f" not in str(raised.value)


def test_two_agents_of_a_wallet_are_one_account() -> None:
    held = credentials_of(VENUE, AGENT)
    other = credentials_of(VENUE, {**AGENT, "ASTER_SIGNER_ADDRESS": "0x" + "1" * 40})
    assert VENUE.account_of(held) == VENUE.account_of(other) == AGENT["ASTER_USER_ADDRESS"]
    assert VENUE.account_of(credentials_of(VENUE, API_KEY)) == "key"


def test_the_stream_has_a_session_and_no_request_waits_for_it() -> None:
    private = words(AGENT)
    assert private.session is not None
    assert private.streams_only


def test_everything_that_can_be_asked_for_has_a_word() -> None:
    private = words(AGENT)
    assert isinstance(private.orders, venue.AmendWords)
    assert isinstance(private.orders, venue.BatchWords)
    assert isinstance(private.orders, venue.CancelAllWords)
    assert isinstance(private.orders, venue.DeadManWords)
    assert isinstance(private.account, account_words.LeverageWords)
    assert isinstance(private.account, account_words.BracketWords)
    assert isinstance(private.account, account_words.FeeWords)
    assert isinstance(private.account, account_words.PaymentWords)
    assert VENUE.features >= {Feature.CONDITIONAL_ORDERS, Feature.TRAILING_STOP}


def test_each_environment_signs_for_its_chain() -> None:
    chains = {name: each.constants["chain_id"] for name, each in VENUE.environments.items()}
    assert chains == {"prod": "1666", "testnet": "714"}
    given = {"PERP_ASTER_REST_URL": "http://a", "PERP_ASTER_WS_URL": "ws://b"}
    assert choose_environment(VENUE, "simulator", given).constants["chain_id"] == "1666"


@pytest.mark.parametrize(
    ("contract", "symbol"),
    [
        ("BTCUSDT", "BTC"), ("1000PEPEUSDT", "PEPE"), ("1000FLOKIUSDT", "FLOKI"),
        ("1INCHUSDT", "1INCH"), ("0GUSDT", "0G"), ("4USDT", "4"), ("SNDKUSD1", "SNDK"),
        ("btcusdt", "BTC"),
    ],
)  # fmt: skip
def test_a_contract_is_known_by_its_plain_symbol(contract: str, symbol: str) -> None:
    assert normalize_symbol(contract) == symbol
    if contract.endswith("USDT"):
        assert get_aster_symbol_format(symbol) == contract


def test_what_costs_more_is_counted_so() -> None:
    limits = VENUE.limits
    assert limits.cost_of("place") == {"weight": 1, "orders_1m": 1, "orders_10s": 1}
    assert limits.cost_of("order") == {"weight": 1}
    assert limits.cost_of("income") == {"weight": 30}
    assert limits.cost_of("depth1000") == {"weight": 20}
    assert limits.cost_of("openOrders/all") == limits.cost_of("ticker/24hr/all") == {"weight": 40}
    known = {bucket.name for bucket in limits.buckets}
    assert all(set(costs) <= known for costs in limits.costs.values())


def test_the_venues_own_count_is_read_where_it_is_told() -> None:
    used = VENUE.limits.used
    assert used is not None
    assert used({"x-mbx-used-weight-1m": "12", "x-mbx-order-count-1m": "3"}) == {
        "weight": 12, "orders_1m": 3,
    }  # fmt: skip
    assert used({"x-mbx-used-weight-1m": "?"}) == {}
