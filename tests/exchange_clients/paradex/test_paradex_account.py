"""Paradex's account, positions and logins."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    ExchangePositionSnapshot,
    LeverageBracket,
    LeverageInfo,
    Symbol,
)
from exchange_clients.errors import ClientConfigError, MalformedPayload
from exchange_clients.events import FundingPayment, Unreadable
from exchange_clients.paradex.client.managers.account_manager import (
    ParadexAccount,
    ParadexSessions,
)
from exchange_clients.paradex.client.managers.position_manager import ParadexPositions
from exchange_clients.paradex.client.utils.signing import LoginIntent
from exchange_clients.shared.flow import Method, drive
from exchange_clients.shared.venue import Funds
from tests.exchange_clients.paradex.paradex_samples import (
    ACCOUNT,
    BTC,
    ETH,
    MS,
    answer,
    parsed,
    table,
)
from tests.support.samples import said

D = Decimal
WORDS = ParadexAccount(table(), ACCOUNT)


def test_a_short_position_is_negative_and_a_closed_one_is_none() -> None:
    (request,), positions = drive(ParadexPositions().all(), [answer("http_get_positions")])
    assert request.path == "/v1/positions"
    assert positions == [
        ExchangePositionSnapshot(
            symbol=Symbol("BTC"),
            contract_id=BTC,
            quantity=D("-0.01"),
            entry_price=D("90000.1"),
            unrealized_pnl=D("-1.25"),
            leverage=D(10),
            liquidation_price=D(120000),
        )
    ]


@pytest.mark.parametrize(
    ("changed", "quantity"),
    [({"size": "0.01"}, D("-0.01")), ({"side": "LONG", "size": "0.01"}, D("0.01"))],
)
def test_the_side_of_a_position_gives_its_sign(changed: dict[str, str], quantity: Decimal) -> None:
    row = {**parsed("http_get_positions")["results"][0], **changed}
    _, (position,) = drive(ParadexPositions().all(), [said({"results": [row]})])
    assert isinstance(position, ExchangePositionSnapshot)
    assert position.quantity == quantity


@pytest.mark.parametrize(
    "changed", [{"side": "LONG"}, {"side": "BOTH"}, {"status": "HALF"}, {"size": ""}]
)
def test_a_position_that_contradicts_itself_is_not_read(changed: dict[str, str]) -> None:
    row = {**parsed("http_get_positions")["results"][0], **changed}
    _, (position,) = drive(ParadexPositions().all(), [said({"results": [row]})])
    assert isinstance(position, Unreadable)
    assert position.ids == (BTC,)


def test_the_balance_adds_what_open_positions_have_not_realised() -> None:
    requests, funds = drive(
        WORDS.balance(), [answer("http_get_account"), answer("http_get_positions")]
    )
    assert [request.path for request in requests] == ["/v1/account", "/v1/positions"]
    assert funds == Funds(available=D("900.5"), equity=D("998.75"), unrealised=D("-1.25"))


def test_a_position_that_cannot_be_read_leaves_the_balance_unknown() -> None:
    broken = said({"results": [{**parsed("http_get_positions")["results"][0], "size": "x"}]})
    with pytest.raises(MalformedPayload, match="cannot be read"):
        drive(WORDS.balance(), [answer("http_get_account"), broken])


def test_leverage_that_was_never_set_is_the_markets_most() -> None:
    _, leverage = drive(WORDS.leverage(BTC), [answer("http_get_account_margin")])
    assert leverage == 10
    _, leverage = drive(WORDS.leverage(ETH), [said({"configs": []})])
    assert leverage == 50


def test_leverage_is_a_whole_number_and_leaves_the_margins_kind() -> None:
    requests, _ = drive(
        WORDS.set_leverage(BTC, D(5)), [answer("http_get_account_margin"), said({"leverage": 5})]
    )
    assert (requests[1].method, requests[1].path) == (
        Method.POST,
        "/v1/account/margin/BTC-USD-PERP",
    )
    assert requests[1].body == {"leverage": 5, "margin_type": "ISOLATED"}
    with pytest.raises(ClientConfigError, match="whole numbers"):
        next(WORDS.set_leverage(BTC, D("2.5")))


def test_margins_do_not_grow_with_the_position_up_to_its_limit() -> None:
    _, info = drive(WORDS.brackets(BTC), [answer("http_get_markets_summary")])
    most = 500 * D("90000.5")
    assert info == LeverageInfo(
        max_leverage=D(50),
        max_notional=most,
        margin_requirement=D("0.02"),
        brackets=(LeverageBracket(most, D(50), D("0.01")),),
    )


def test_fees_are_those_of_this_account_however_its_address_is_written() -> None:
    _, fees = drive(WORDS.fees(BTC), [answer("http_get_account_info")])
    assert fees == (D("0.00003"), D("0.00042"))
    with pytest.raises(MalformedPayload, match="does not tell"):
        drive(WORDS.fees(BTC), [said({"results": []})])


def test_payments_are_told_oldest_first_and_within_the_span() -> None:
    end_ns = 1_795_200_000_800 * MS
    (request,), payments = drive(
        WORDS.payments(BTC, 0, end_ns + 1), [answer("http_get_funding_payments")]
    )
    assert request.params["market"] == BTC
    assert [each.payment_id for each in payments] == ["p1", "p2"]
    assert payments[0] == FundingPayment(
        "p1", BTC, D("-0.25"), "USDC", None, None, 1_795_200_000_700 * MS
    )
    _, payments = drive(WORDS.payments(BTC, 0, end_ns), [answer("http_get_funding_payments")])
    assert [each.payment_id for each in payments] == ["p1"]


def test_a_token_is_renewed_two_minutes_before_it_ends() -> None:
    (request,), session = drive(ParadexSessions().login(1000, 0), [said({"jwt_token": "ey.J"})])
    assert (request.path, request.intent) == ("/v1/auth", LoginIntent())
    assert session.headers == {"authorization": "Bearer ey.J"}
    assert (session.refresh_at_ms, session.expires_at_ms) == (181_000, 301_000)
    assert not session.tokens  # subscriptions outlive the token and may not be repeated
    assert "ey.J" not in repr(session)


@pytest.mark.parametrize("body", [{}, {"jwt_token": ""}, {"jwt_token": None}])
def test_an_answer_without_a_token_is_no_login(body: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="jwt_token"):
        drive(ParadexSessions().login(0, 0), [said(body)])
