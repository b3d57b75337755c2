"""Positions, money, sessions and numbers of an account on Lighter."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    ContractId,
    ExchangePositionSnapshot,
    Symbol,
)
from exchange_clients.errors import (
    MalformedPayload,
)
from exchange_clients.events import FundingPayment, Unreadable
from exchange_clients.lighter.client.managers.account_manager import (
    LighterAccount,
    LighterNonces,
    LighterSessions,
)
from exchange_clients.lighter.client.managers.position_manager import LighterPositions
from exchange_clients.lighter.client.utils.signing import TokenIntent
from exchange_clients.shared.flow import Response, drive
from tests.exchange_clients.lighter.lighter_samples import (
    ACCOUNT,
    CREDENTIALS,
    ETH,
    FIRST_HOUR_NS,
    HOUR_NS,
    NVDA,
    PEPE,
    answer,
    sample,
    sent,
    table,
)

TABLE = table()


def test_a_short_position_is_negative_and_a_flat_market_is_left_out() -> None:
    (request,), positions = drive(LighterPositions(ACCOUNT).all(), [answer("http_get_account")])
    assert positions == [
        ExchangePositionSnapshot(
            symbol=Symbol("ETH"),
            contract_id=ETH,
            quantity=Decimal("-0.5"),
            entry_price=Decimal(2070),
            unrealized_pnl=Decimal("2.765"),
            cumulative_funding=Decimal("-0.12"),
            leverage=Decimal(10),
            liquidation_price=Decimal("4010.25"),
            metadata={"margin_mode": 0},
        )
    ]
    assert (request.params, request.private) == ({"by": "index", "value": ACCOUNT}, True)


def test_an_open_position_without_a_side_is_unreadable_and_a_flat_one_needs_none() -> None:
    body = sample("http_get_account").replace(b'"sign": -1', b'"sign": 0')
    _, (open_one,) = drive(LighterPositions(ACCOUNT).all(), [Response(200, body)])
    assert isinstance(open_one, Unreadable)
    body = sample("http_get_account").replace(b'"sign": 1,', b'"sign": 0,')
    _, positions = drive(LighterPositions(ACCOUNT).all(), [Response(200, body)])
    assert [isinstance(each, ExchangePositionSnapshot) for each in positions] == [True]


def test_money_that_was_never_told_is_not_zero() -> None:
    body = sample("http_get_account").replace(b'"4010.25"', b'"0"').replace(b"10.00", b"0.00")
    _, (position,) = drive(LighterPositions(ACCOUNT).all(), [Response(200, body)])
    assert isinstance(position, ExchangePositionSnapshot)
    assert (position.liquidation_price, position.leverage) == (None, None)


def test_the_balance_is_what_is_available_and_what_all_is_worth() -> None:
    _, funds = drive(LighterAccount(TABLE, ACCOUNT).balance(), [answer("http_get_account")])
    assert [funds.available, funds.equity, funds.unrealised] == [
        Decimal("910.25"),
        Decimal("1002.765"),
        Decimal("2.765"),
    ]


@pytest.mark.parametrize(
    ("contract_id", "percent", "leverage"),
    [(ETH, b"10.00", 10), (ETH, b"0.0500", 20), (ETH, b"0.00", 20), (NVDA, b"10.00", 20)],
)
def test_leverage_is_100_by_the_percentage_or_what_the_list_begins_with(
    contract_id: ContractId, percent: bytes, leverage: int
) -> None:
    body = sample("http_get_account").replace(b"10.00", percent)
    _, told = drive(LighterAccount(TABLE, ACCOUNT).leverage(contract_id), [Response(200, body)])
    assert told == leverage


@pytest.mark.parametrize(
    ("contract_id", "leverage", "fraction", "mode"),
    [(ETH, "10", 1000, 0), (ETH, "3", 3333, 0), (PEPE, "10", 1000, 1), (NVDA, "7.5", 1333, 0)],
)
def test_leverage_is_set_as_margin_and_the_margin_mode_stays(
    contract_id: ContractId, leverage: str, fraction: int, mode: int
) -> None:
    flow = LighterAccount(TABLE, ACCOUNT).set_leverage(contract_id, Decimal(leverage))
    requests, _ = drive(flow, [answer("http_get_account"), answer("http_post_send_tx")])
    assert sent(requests[1]) == (
        20,
        {"MarketIndex": int(contract_id), "InitialMarginFraction": fraction, "MarginMode": mode},
        None,
    )
    assert requests[1].scope == "leverage"


def test_the_tiers_fees_are_told_in_millionths() -> None:
    _, fees = drive(LighterAccount(TABLE, ACCOUNT).fees(ETH), [answer("http_get_account_limits")])
    assert fees == (Decimal("0.00004"), Decimal("0.00028"))


@pytest.mark.parametrize(
    ("account_type", "a_minute"), [(0, 60), (1, 4_000), (2, 8_000), (3, 60), (9, 60)]
)
def test_an_account_may_send_what_its_type_allows(account_type: int, a_minute: float) -> None:
    """H11: a type that is not known is taken for the smallest one."""
    body = b'{"code":200,"accounts":[{"account_type":%d}]}' % account_type
    _, limits = drive(LighterAccount(TABLE, ACCOUNT).limits(), [Response(200, body)])
    weights = limits.cost_of("order")
    capacities = {bucket.name: bucket.capacity for bucket in limits.buckets}
    assert min(capacities[name] / weight for name, weight in weights.items()) == a_minute


def test_funding_payments_are_told_oldest_first_with_the_sign_of_the_balance() -> None:
    flow = LighterAccount(TABLE, ACCOUNT).payments(ETH, FIRST_HOUR_NS, FIRST_HOUR_NS + 2 * HOUR_NS)
    (request,), payments = drive(flow, [answer("http_get_position_funding")])
    paid = FundingPayment(
        "47335", ETH, Decimal("-0.013539"), "USDC", None, Decimal("0.5"), FIRST_HOUR_NS
    )
    received = FundingPayment(
        "47411", ETH, Decimal("0.004513"), "USDC", None, Decimal("-0.5"), FIRST_HOUR_NS + HOUR_NS
    )
    assert payments == [paid, received]
    assert request.params["market_ids"] == ETH


def test_payments_end_before_the_time_that_is_asked_for() -> None:
    flow = LighterAccount(TABLE, ACCOUNT).payments(ETH, FIRST_HOUR_NS, FIRST_HOUR_NS + HOUR_NS)
    _, payments = drive(flow, [answer("http_get_position_funding")])
    assert [payment.payment_id for payment in payments] == ["47335"]


def test_a_payment_that_cannot_be_read_is_not_left_out() -> None:
    body = sample("http_get_position_funding").replace(b'"long"', b'"up"')
    flow = LighterAccount(TABLE, ACCOUNT).payments(ETH, 0, 2**62)
    with pytest.raises(MalformedPayload, match="payment"):
        drive(flow, [Response(200, body)])


def test_a_session_is_a_token_that_is_proven_by_a_query_and_renewed_long_before_its_end() -> None:
    asked = replace(answer("http_get_account_limits"), reference="1795225200:12345:5:ab")
    (request,), session = drive(LighterSessions(ACCOUNT).login(1_795_200_000_500, 0), [asked])
    assert request.intent == TokenIntent(1_795_200_000 + 7 * 3600)
    assert session.headers == {"authorization": asked.reference}
    assert session.tokens == {"auth": asked.reference}
    assert session.expires_at_ms == 1_795_225_200_000
    assert session.refresh_at_ms == 1_795_200_000_000 + 3 * 3_600_000
    assert asked.reference not in repr(session) + repr(asked)


def test_the_counter_is_read_before_others() -> None:
    nonces = LighterNonces(CREDENTIALS.public)
    (request,), number = drive(nonces.next_nonce("12345/5"), [answer("http_get_next_nonce")])
    assert (number, request.urgent, request.scope) == (8, True, "nonce")
    assert request.params == {"account_index": ACCOUNT, "api_key_index": "5"}
