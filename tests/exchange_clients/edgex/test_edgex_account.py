"""edgeX's positions, money and settings."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from exchange_clients.base_models import ContractId, ExchangePositionSnapshot
from exchange_clients.edgex.client.managers.account_manager import EdgexAccount
from exchange_clients.edgex.client.managers.position_manager import EdgexPositions
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import FundingPayment, Unreadable
from exchange_clients.shared.flow import Response, drive
from tests.exchange_clients.edgex.edgex_samples import ACCOUNT, BTC, PEPE, answer, sample, table

ASSET = answer("http_get_account_asset")
WORDS = EdgexAccount(table(), ACCOUNT)
POSITIONS = EdgexPositions(table(), ACCOUNT)
HAJIMI = ContractId("30000077")


def altered(group: str, **changed: object) -> Response:
    """Return the account with other fields in the first row of a group; None leaves one out."""
    envelope = msgspec.json.decode(sample("http_get_account_asset"))
    fields = envelope["data"][group][0]
    fields |= changed
    for name in [name for name, value in changed.items() if value is None]:
        del fields[name]
    return Response(200, msgspec.json.encode(envelope))


def test_a_short_position_is_negative_and_a_closed_one_is_none() -> None:
    (request,), positions = drive(POSITIONS.all(), [ASSET])
    assert dict(request.params) == {"accountId": ACCOUNT}
    assert positions == [
        ExchangePositionSnapshot(
            symbol=table().of_contract(BTC).market.symbol,
            contract_id=BTC,
            quantity=Decimal("-0.010"),
            entry_price=Decimal("79031.2"),
            mark_price=Decimal("79531.2"),
            unrealized_pnl=Decimal(-5),
            cumulative_funding=Decimal("-0.02"),
            margin_used=Decimal("39.7656"),
            leverage=Decimal(20),
            liquidation_price=Decimal(170000),
        )
    ]


def test_either_spelling_of_what_a_position_is_worth_is_read() -> None:
    other = altered(
        "positionAssetList",
        unrealizePnl=None,
        unrealizedPnl="-5",
        liquidatePrice=None,
        liquidationPrice="170000",
        initialMarginRequirement=None,
        initialMargin="39.7656",
    )
    assert drive(POSITIONS.all(), [other]) == drive(POSITIONS.all(), [ASSET])


@pytest.mark.parametrize("wrong", ["NaN", "", -0.01, None, True])
def test_a_position_without_a_size_is_unreadable(wrong: object) -> None:
    _, (position,) = drive(POSITIONS.all(), [altered("positionList", openSize=wrong)])
    assert isinstance(position, Unreadable)
    assert position.ids == (BTC,)


def test_what_only_describes_a_position_may_be_missing() -> None:
    bare = altered("positionAssetList", contractId="1", positionValue={})
    _, (position,) = drive(POSITIONS.all(), [bare])
    assert isinstance(position, ExchangePositionSnapshot)
    assert (position.quantity, position.mark_price) == (Decimal("-0.010"), None)


def test_the_balance_that_counts_is_what_is_available() -> None:
    _, funds = drive(WORDS.balance(), [ASSET])
    assert [funds.available, funds.equity, funds.unrealised] == [Decimal("955.2344"), 995, -5]
    spelt = altered("collateralAssetModelList", availableAmount=None, availableBalance="955.2344")
    assert drive(WORDS.balance(), [spelt])[1] == funds


@pytest.mark.parametrize("changed", [{"totalEquity": "NaN"}, {"coinId": "7"}])
def test_a_balance_that_is_not_told_is_not_zero(changed: dict[str, object]) -> None:
    with pytest.raises(MalformedPayload, match="no balance of USDC"):
        drive(WORDS.balance(), [altered("collateralAssetModelList", **changed)])


@pytest.mark.parametrize(
    ("contract", "leverage", "fees"),
    [(BTC, 20, ("0.0002", "0.0004")), (PEPE, 5, ("0.0002", "0.0004"))],
)
def test_a_contracts_own_setting_goes_before_the_accounts(
    contract: ContractId, leverage: int, fees: tuple[str, str]
) -> None:
    assert drive(WORDS.leverage(contract), [ASSET])[1] == leverage
    assert drive(WORDS.fees(contract), [ASSET])[1] == tuple(map(Decimal, fees))


def test_what_nobody_set_is_the_contracts_default() -> None:
    body = msgspec.json.decode(sample("http_get_account_asset"))
    body["data"]["account"] = {"defaultTradeSetting": None}
    plain = Response(200, msgspec.json.encode(body))
    assert drive(WORDS.leverage(HAJIMI), [plain])[1] == 10
    assert drive(WORDS.fees(HAJIMI), [plain])[1] == (Decimal("0.0004"), Decimal("0.00045"))


def test_leverage_is_set_as_a_plain_number() -> None:
    (request,), _ = drive(WORDS.set_leverage(BTC, Decimal("1E+1")), [Response(200, b"{}")])
    assert request.body == {"accountId": ACCOUNT, "contractId": BTC, "leverage": "10"}
    assert request.path == "/api/v2/private/account/updateLeverageSetting"


def test_risk_tiers_are_in_the_list_of_markets() -> None:
    requests, info = drive(WORDS.brackets(BTC), [])
    assert requests == []
    assert [info.max_leverage, info.max_notional, info.margin_requirement] == [
        100,
        1000000,
        Decimal("0.01"),
    ]
    assert [each.maintenance_margin for each in info.brackets] == [
        Decimal("0.005"),
        Decimal("0.01"),
    ]


def test_funding_that_was_paid_is_negative_and_dated_by_its_settlement() -> None:
    since_ns = 1789992000000000000
    payment = FundingPayment(
        payment_id="7001",
        contract_id=BTC,
        amount=Decimal("-0.039515"),
        asset="USDC",
        rate=Decimal("0.00005"),
        quantity=Decimal("0.010"),
        venue_ns=since_ns,
    )
    told = answer("http_get_position_transaction_page")
    (request,), payments = drive(WORDS.payments(BTC, since_ns, since_ns + 1), [told])
    assert request.params["filterTypeList"] == "SETTLE_FUNDING_FEE"
    assert payments == [payment]
    assert drive(WORDS.payments(BTC, 0, since_ns), [told])[1] == []
