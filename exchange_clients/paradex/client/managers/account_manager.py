"""The account and its login, as Paradex words them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from exchange_clients.base_models import ContractId, LeverageBracket, LeverageInfo
from exchange_clients.errors import ClientConfigError, MalformedPayload
from exchange_clients.events import FundingPayment
from exchange_clients.paradex.client.utils.converters import (
    PAGE,
    Instant,
    Name,
    Position,
    pages,
    read_page,
)
from exchange_clients.paradex.client.utils.signing import AUTH_PATH, LoginIntent
from exchange_clients.paradex.common import AUTH, PRIVATE, get
from exchange_clients.paradex.funding_adapter.fetchers import summary_of
from exchange_clients.shared.account_rows import leverage_of
from exchange_clients.shared.amounts import Amount
from exchange_clients.shared.flow import Flow, Method, Request
from exchange_clients.shared.instants import MS
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.order_rows import payments_within
from exchange_clients.shared.rows import as_is, read_rows, readable
from exchange_clients.shared.signing import Session
from exchange_clients.shared.venue import Funds

TOKEN_LIFE_MS, TOKEN_RENEWAL_MS = 300_000, 180_000
"""How long a token lasts, and after how long there is a new one."""
SETTLED_IN = "USDC"


class Account(msgspec.Struct):
    """The account's money, in the answer and in the stream."""

    account_value: Amount
    free_collateral: Amount
    updated_at: Instant
    settlement_asset: str = SETTLED_IN


class _Margin(msgspec.Struct):
    market: str
    leverage: int
    margin_type: str = "CROSS"


class _Margins(msgspec.Struct):
    configs: list[_Margin]


class _Fees(msgspec.Struct):
    maker_rate: Amount
    taker_rate: Amount


class _Member(msgspec.Struct):
    account: str
    fees: _Fees


class _Payment(msgspec.Struct):
    id: Name
    market: Name
    payment: Amount
    created_at: Instant

    def event(self) -> FundingPayment:
        """Return what it says; that a payment above zero was received is unconfirmed."""
        return FundingPayment(
            payment_id=self.id,
            contract_id=ContractId(self.market),
            amount=Decimal(self.payment),
            asset=SETTLED_IN,
            rate=None,  # it accrued over many rates
            quantity=None,  # which the venue does not tell
            venue_ns=self.created_at * MS,
        )


class _Token(msgspec.Struct):
    jwt_token: Name


class ParadexAccount:
    """The money of one account."""

    def __init__(self, table: MarketTable, address: str) -> None:
        self._table = table
        self._address = int(address, 16)

    def balance(self) -> Flow[Funds]:
        """Return what there is; what is unrealised stands with the positions."""
        answer = yield get("account", private=True)
        account = msgspec.json.decode(answer.body, type=Account)
        rows = yield from pages(get("positions", private=True))
        positions = readable(read_rows(rows, Position, as_is))
        unrealised = sum(Decimal(row.unrealized_pnl) for row in positions if row.quantity)
        return Funds(
            available=Decimal(account.free_collateral),
            equity=Decimal(account.account_value),
            unrealised=Decimal(unrealised),
        )

    def leverage(self, contract_id: ContractId) -> Flow[Decimal]:
        """Return what is set for a market; one that was never set has the market's most."""
        margin = yield from self._margin(contract_id)
        if margin is None:
            return self._table.of_contract(contract_id).market.max_leverage
        return Decimal(margin.leverage)

    def isolated(self, contract_id: ContractId) -> Flow[bool]:
        """Say whether a market is in isolated margin; one that was never set is in cross."""
        margin = yield from self._margin(contract_id)
        return margin is not None and margin.margin_type == "ISOLATED"

    def set_leverage(self, contract_id: ContractId, leverage: Decimal) -> Flow[None]:
        """Set it, and leave cross or isolated as it is.

        Raises:
            ClientConfigError: it is no whole number, which the venue wants.
        """
        if leverage != int(leverage):
            raise ClientConfigError(f"leverage {leverage}: paradex takes whole numbers")
        margin = yield from self._margin(contract_id)
        body = {
            "leverage": int(leverage),
            "margin_type": "CROSS" if margin is None else margin.margin_type,
        }
        path = f"/v1/account/margin/{contract_id}"
        yield Request(Method.POST, path, body=body, scope=PRIVATE, private=True)

    def brackets(self, contract_id: ContractId) -> Flow[LeverageInfo]:
        """Return the one bracket of a market: margins do not grow with the position."""
        listing = self._table.of_contract(contract_id)
        summary = yield from summary_of(contract_id)
        market = listing.market
        position_limit = Decimal(str(listing.details["position_limit"]))
        most = position_limit * Decimal(summary.mark_price)
        bracket = LeverageBracket(most or None, market.max_leverage, market.maintenance_margin)
        return leverage_of([bracket], contract_id)

    def fees(self, contract_id: ContractId) -> Flow[tuple[Decimal, Decimal]]:
        """Return the account's rates; accounts that are linked to it are listed beside it."""
        answer = yield get("account/info", private=True)
        rows = read_page(answer.body).rows
        for row in read_rows(rows, _Member, as_is):
            if isinstance(row, _Member) and int(row.account, 16) == self._address:
                return Decimal(row.fees.maker_rate), Decimal(row.fees.taker_rate)
        raise MalformedPayload("account/info does not tell this account's fees")

    def payments(
        self, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Flow[Sequence[FundingPayment]]:
        """Return what was paid when the position changed; what accrued since is not paid yet."""
        request = get(
            "funding/payments",
            private=True,
            market=contract_id,
            start_at=since_ns // MS,
            end_at=-(-until_ns // MS),
            page_size=PAGE,
        )
        rows = read_rows((yield from pages(request)), _Payment, _Payment.event)
        return payments_within(rows, contract_id, since_ns, until_ns)

    def _margin(self, contract_id: ContractId) -> Flow[_Margin | None]:
        answer = yield get("account/margin", private=True, market=contract_id)
        configs = msgspec.json.decode(answer.body, type=_Margins).configs
        return next((each for each in configs if each.market == contract_id), None)


class ParadexSessions:
    """How a signature becomes a token of five minutes."""

    def login(self, now_ms: int, entropy: int) -> Flow[Session]:
        """Log in; a token cannot be prolonged, so another one is taken in time."""
        answer = yield Request(
            Method.POST, AUTH_PATH, scope=AUTH, private=True, intent=LoginIntent()
        )
        token = msgspec.json.decode(answer.body, type=_Token).jwt_token
        return Session(
            headers={"authorization": f"Bearer {token}"},
            refresh_at_ms=now_ms + TOKEN_RENEWAL_MS,
            expires_at_ms=now_ms + TOKEN_LIFE_MS,
        )
