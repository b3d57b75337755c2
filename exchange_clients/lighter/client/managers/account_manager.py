"""The account, its tokens and its numbering, as Lighter words them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from exchange_clients.base_models import ContractId
from exchange_clients.errors import ExchangeError, MalformedPayload
from exchange_clients.events import FundingPayment
from exchange_clients.lighter.client.managers.market_data import FRACTION
from exchange_clients.lighter.client.managers.position_manager import account_query
from exchange_clients.lighter.client.utils.converters import Position, instant_ns
from exchange_clients.lighter.client.utils.errors import nonce_effect
from exchange_clients.lighter.client.utils.signing import LEVERAGE, TokenIntent, Transaction
from exchange_clients.lighter.common import API
from exchange_clients.shared.amounts import Amount
from exchange_clients.shared.flow import Flow, Method, Request
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.signing import Session
from exchange_clients.shared.venue import Funds, NonceEffect

TOKEN_LIFE_S = 7 * 3600
"""The venue refuses tokens of more than eight hours."""
REFRESH_EARLY_MS = 3_600_000
CROSS = 0
PAGE, PAGES_MAX = 100, 1000


class _Account(msgspec.Struct):
    available_balance: Amount
    total_asset_value: Amount
    positions: list[Position]


class _Accounts(msgspec.Struct):
    accounts: list[_Account]


class _Nonce(msgspec.Struct):
    nonce: int


class _Payment(msgspec.Struct):
    timestamp: int
    market_id: int
    funding_id: int
    change: Amount
    rate: Decimal
    position_size: Decimal
    position_side: str


class _Payments(msgspec.Struct):
    position_fundings: list[_Payment]
    next_cursor: str | None = None


class LighterAccount:
    """The money of one account."""

    def __init__(self, table: MarketTable, account: int) -> None:
        self._table = table
        self._account = account

    def balance(self) -> Flow[Funds]:
        """Return what there is."""
        account = yield from self._read()
        unrealised = sum((Decimal(row.unrealized_pnl) for row in account.positions), Decimal(0))
        return Funds(
            Decimal(account.available_balance), Decimal(account.total_asset_value), unrealised
        )

    def leverage(self, contract_id: ContractId) -> Flow[Decimal]:
        """Return what is set; a market that was never touched has the list's default."""
        account = yield from self._read()
        for row in account.positions:
            if str(row.market_id) == contract_id:
                return row.leverage
        default = self._table.of_contract(contract_id).details["default_leverage"]
        assert isinstance(default, Decimal), "put there by the list"
        return default

    def set_leverage(self, contract_id: ContractId, leverage: Decimal) -> Flow[None]:
        """Set it for cross margin; the sequencer acts a moment after the answer."""
        fields = (
            ("MarketIndex", int(contract_id)),
            ("InitialMarginFraction", int(FRACTION / leverage)),
            ("MarginMode", CROSS),
        )
        yield Request(
            Method.POST,
            f"{API}/sendTx",
            scope="leverage",
            private=True,
            intent=Transaction(LEVERAGE, fields),
            repeatable=False,
        )

    def payments(
        self, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Flow[Sequence[FundingPayment]]:
        """Return funding payments in [since, until); the change of the balance is signed."""
        rows: list[_Payment] = []
        cursor: str | None = None
        for _ in range(PAGES_MAX):
            params = {
                "account_index": self._account,
                "market_ids": contract_id,
                "start_timestamp": since_ns // 10**6,
                "end_timestamp": until_ns // 10**6,
                "limit": PAGE,
                "cursor": cursor,
            }
            answer = yield Request(Method.GET, f"{API}/positionFunding", params, private=True)
            page = msgspec.json.decode(answer.body, type=_Payments)
            rows += page.position_fundings
            cursor = page.next_cursor or None
            if cursor is None:
                break
        else:
            raise MalformedPayload(f"the list of payments did not end after {PAGES_MAX} pages")
        payments = [_payment(row) for row in rows if str(row.market_id) == contract_id]
        inside = [each for each in payments if since_ns <= each.venue_ns < until_ns]
        return sorted(inside, key=lambda payment: payment.venue_ns)

    def _read(self) -> Flow[_Account]:
        answer = yield account_query(self._account)
        (account,) = msgspec.json.decode(answer.body, type=_Accounts).accounts
        return account


def _payment(row: _Payment) -> FundingPayment:
    sign = -1 if row.position_side == "short" else 1
    return FundingPayment(
        payment_id=str(row.funding_id),
        contract_id=ContractId(str(row.market_id)),
        amount=Decimal(row.change),
        asset="USDC",
        rate=row.rate,
        quantity=sign * row.position_size,
        venue_ns=instant_ns(row.timestamp),
    )


class LighterSessions:
    """Access tokens, which the signer makes and a first query proves."""

    def __init__(self, account: int) -> None:
        self._account = account

    def login(self, now_ms: int, entropy: int) -> Flow[Session]:
        """Return a session with a token of seven hours, renewed an hour early."""
        expires_s = now_ms // 1000 + TOKEN_LIFE_S
        answer = yield Request(
            Method.GET,
            f"{API}/accountLimits",
            {"account_index": self._account},
            private=True,
            intent=TokenIntent(expires_s),
        )
        return Session(
            headers={"authorization": answer.reference},
            tokens={"auth": answer.reference},
            refresh_at_ms=expires_s * 1000 - REFRESH_EARLY_MS,
            expires_at_ms=expires_s * 1000,
        )


class LighterNonces:
    """The counter of one API key."""

    def __init__(self, account: int, key: int) -> None:
        self._params = {"account_index": account, "api_key_index": key}

    def next_nonce(self, lane: str) -> Flow[int]:
        """Return the next number."""
        answer = yield Request(
            Method.GET, f"{API}/nextNonce", self._params, scope="nonce", urgent=True
        )
        return msgspec.json.decode(answer.body, type=_Nonce).nonce

    def effect(self, error: ExchangeError) -> NonceEffect:
        """Say what a refusal did to the counter."""
        return nonce_effect(error)
