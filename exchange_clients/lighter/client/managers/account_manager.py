"""The account, its tokens and its numbering, as Lighter words them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Literal

import msgspec

from exchange_clients.base_models import ContractId
from exchange_clients.errors import ExchangeError
from exchange_clients.events import FundingPayment
from exchange_clients.lighter.client.managers.market_data import FRACTION
from exchange_clients.lighter.client.utils.converters import (
    FEE_UNIT,
    Page,
    Position,
    instant_ns,
    read_back,
)
from exchange_clients.lighter.client.utils.errors import nonce_effect
from exchange_clients.lighter.client.utils.signing import LEVERAGE, TokenIntent, Transaction
from exchange_clients.lighter.common import (
    LIMITS_OF_TYPE,
    STANDARD_LIMITS,
    TOKEN_LIFE_S,
    TOKEN_RENEWAL_S,
    ask_own,
    send,
)
from exchange_clients.shared.amounts import Amount
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.limits import RateLimits
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.order_rows import payments_within
from exchange_clients.shared.rows import read_rows
from exchange_clients.shared.signing import Session
from exchange_clients.shared.venue import Account, Funds, NonceEffect

CROSS = 0
PAGE = 100


class _Account(msgspec.Struct):
    available_balance: Amount
    total_asset_value: Amount
    positions: list[Position]


class _Typed(msgspec.Struct):
    account_type: int


class _Types(msgspec.Struct):
    accounts: list[_Typed]


class _Accounts(msgspec.Struct):
    accounts: list[_Account]


class _Limits(msgspec.Struct):
    current_maker_fee_tick: int
    current_taker_fee_tick: int


class _Nonce(msgspec.Struct):
    nonce: int


class _Payment(msgspec.Struct):
    timestamp: int
    market_id: int
    funding_id: int
    change: Amount
    position_size: Amount
    position_side: Literal["long", "short"]

    def payment(self) -> FundingPayment:
        """Return what it says; ``change`` is that of the balance."""
        size = Decimal(self.position_size)
        return FundingPayment(
            payment_id=str(self.funding_id),
            contract_id=ContractId(str(self.market_id)),
            amount=Decimal(self.change),
            asset="USDC",
            rate=None,  # in which unit it comes is not documented
            quantity=size if self.position_side == "long" else -size,
            venue_ns=instant_ns(self.timestamp),
        )


class _Payments(Page, kw_only=True, rename={"rows": "position_fundings"}):
    rows: list[msgspec.Raw]


class LighterAccount:
    """The money of one account."""

    def __init__(self, table: MarketTable, index: str) -> None:
        self._table = table
        self._index = index

    def balance(self) -> Flow[Funds]:
        """Return what there is."""
        account = yield from self._read()
        unrealised = sum((Decimal(row.unrealized_pnl) for row in account.positions), Decimal(0))
        return Funds(
            Decimal(account.available_balance), Decimal(account.total_asset_value), unrealised
        )

    def leverage(self, contract_id: ContractId) -> Flow[Decimal]:
        """Return what is set; a market that was never touched has the list's default."""
        row = yield from self._position(contract_id)
        if row is not None and row.leverage is not None:
            return row.leverage
        return self._table.of_contract(contract_id).detail("default_leverage", Decimal)

    def isolated(self, contract_id: ContractId) -> Flow[bool]:
        """Say whether a market is in isolated margin; one that was never touched is in cross."""
        row = yield from self._position(contract_id)
        return row is not None and row.margin_mode not in (None, CROSS)

    def set_leverage(self, contract_id: ContractId, leverage: Decimal) -> Flow[None]:
        """Set it and leave the margin mode; the sequencer acts a moment after the answer.

        The venue counts in ten-thousandths of margin: of 3 it makes 3.0003.
        """
        row = yield from self._position(contract_id)
        fields = (
            ("MarketIndex", int(contract_id)),
            ("InitialMarginFraction", round(FRACTION / leverage)),
            ("MarginMode", CROSS if row is None or row.margin_mode is None else row.margin_mode),
        )
        yield send(Transaction(LEVERAGE, fields), "leverage")

    def fees(self, contract_id: ContractId) -> Flow[tuple[Decimal, Decimal]]:
        """Return what the account's tier pays in every market, which the list does not know."""
        answer = yield ask_own("accountLimits", account_index=self._index)
        limits = msgspec.json.decode(answer.body, type=_Limits)
        return limits.current_maker_fee_tick * FEE_UNIT, limits.current_taker_fee_tick * FEE_UNIT

    def limits(self) -> Flow[RateLimits]:
        """Return what the account's type is allowed."""
        answer = yield ask_own("account", by="index", value=self._index)
        (account,) = msgspec.json.decode(answer.body, type=_Types).accounts
        return LIMITS_OF_TYPE.get(account.account_type, STANDARD_LIMITS)

    def payments(
        self, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Flow[Sequence[FundingPayment]]:
        """Return funding payments in [since, until).

        In which unit the venue takes times is not documented, so that they are not sent.
        """
        rows = yield from read_back(
            lambda cursor: ask_own(
                "positionFunding", account_index=self._index, market_ids=contract_id,
                limit=PAGE, cursor=cursor,
            ),
            _Payments,
            lambda rows: read_rows(rows, _Payment, _Payment.payment),
            since_ns,
        )  # fmt: skip
        return payments_within(rows, contract_id, since_ns, until_ns)

    def _position(self, contract_id: ContractId) -> Flow[Position | None]:
        account = yield from self._read()
        rows = (row for row in account.positions if str(row.market_id) == contract_id)
        return next(rows, None)

    def _read(self) -> Flow[_Account]:
        answer = yield ask_own("account", by="index", value=self._index)
        (account,) = msgspec.json.decode(answer.body, type=_Accounts).accounts
        return account


class LighterSessions:
    """Access tokens, which the signer makes and a first query proves."""

    def __init__(self, index: str) -> None:
        self._index = index

    def login(self, now_ms: int, entropy: int) -> Flow[Session]:
        """Return a session with a token of its own."""
        began_s = now_ms // 1000
        expires_s = began_s + TOKEN_LIFE_S
        request = ask_own("accountLimits", account_index=self._index)
        answer = yield replace(request, intent=TokenIntent(expires_s))
        return Session(
            headers={"authorization": answer.reference},
            tokens={"auth": answer.reference},
            refresh_at_ms=(began_s + TOKEN_RENEWAL_S) * 1000,
            expires_at_ms=expires_s * 1000,
        )


class LighterNonces:
    """The counter of one API key."""

    def __init__(self, account: Account) -> None:
        self._params = {
            "account_index": account["account_index"],
            "api_key_index": account["api_key_index"],
        }

    def next_nonce(self, lane: str) -> Flow[int]:
        """Return the next number."""
        request = ask_own("nextNonce", scope="nonce", **self._params)
        answer = yield replace(request, urgent=True)
        return msgspec.json.decode(answer.body, type=_Nonce).nonce

    def effect(self, error: ExchangeError) -> NonceEffect:
        """Say what a refusal did to the counter."""
        return nonce_effect(error)
