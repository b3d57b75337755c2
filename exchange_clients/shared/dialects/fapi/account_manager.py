"""Positions, money and leverage, in the dialect, and the listen key of the account's stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated

import msgspec

from exchange_clients.base_models import (
    ContractId,
    ExchangePositionSnapshot,
    LeverageBracket,
    LeverageInfo,
)
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import FundingPayment, Unreadable
from exchange_clients.shared.account_rows import leverage_of
from exchange_clients.shared.account_words import KeyRights
from exchange_clients.shared.amounts import Amount, Unsigned
from exchange_clients.shared.dialects.fapi.converters import SPAN_NS, Number, listed
from exchange_clients.shared.dialects.fapi.dialect import POSITION_SIDE, Fapi
from exchange_clients.shared.dialects.fapi.frames import Known
from exchange_clients.shared.flow import Flow, Method
from exchange_clients.shared.instants import MS
from exchange_clients.shared.limits import BucketScope, RateLimits
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.paging import Ascending
from exchange_clients.shared.rows import as_is, read_rows, readable
from exchange_clients.shared.signing import Session
from exchange_clients.shared.venue import Funds

LISTEN_KEY, PAYMENTS_MAX = "listen_key", 1000
MODE = "positionSide/dual"
SECONDS = MappingProxyType({"SECOND": 1.0, "MINUTE": 60.0})
RENEW_MS, LIFE_MS = 30 * 60_000, 60 * 60_000


class PositionRow(msgspec.Struct, rename="camel"):
    """A position in an answer."""

    symbol: ContractId
    position_amt: Amount
    entry_price: Unsigned
    position_side: str
    mark_price: Unsigned | None = None
    un_realized_profit: Amount | None = None
    liquidation_price: Amount = "0"
    leverage: Unsigned | None = None
    margin_type: str = ""


class _Leverage(msgspec.Struct, rename="camel"):
    symbol: str
    leverage: Annotated[int, msgspec.Meta(gt=0)] | Unsigned
    margin_type: str


class _Rights(msgspec.Struct, rename="camel"):
    can_trade: bool


class _Account(msgspec.Struct, rename="camel"):
    available_balance: Amount
    total_margin_balance: Amount
    total_unrealized_profit: Amount


class _Bracket(msgspec.Struct, rename="camel"):
    initial_leverage: Number
    notional_cap: Decimal
    maint_margin_ratio: Decimal


class _Brackets(msgspec.Struct):
    symbol: str
    brackets: list[_Bracket]


class _Mode(msgspec.Struct, rename="camel"):
    dual_side_position: bool


class LimitRow(msgspec.Struct, rename="camel"):
    """What an account, or an address, may use within a while."""

    interval: str
    interval_num: Number
    limit: Number
    rate_limit_type: str = "ORDERS"

    @property
    def window_s(self) -> float:
        """How long the while is."""
        return SECONDS[self.interval] * self.interval_num


_SCOPES = MappingProxyType({"REQUEST_WEIGHT": BucketScope.IP, "ORDERS": BucketScope.ACCOUNT})


def allowed(limits: RateLimits, rows: Sequence[LimitRow]) -> RateLimits:
    """Return limits with what an address and an account may use in each window, as it was told."""
    told = {(_SCOPES.get(row.rate_limit_type), row.window_s): float(row.limit) for row in rows}
    return replace(
        limits,
        buckets=tuple(
            replace(bucket, capacity=told.get((bucket.scope, bucket.window_s), bucket.capacity))
            for bucket in limits.buckets
        ),
    )


class _Fees(msgspec.Struct, rename="camel"):
    maker_commission_rate: Amount
    taker_commission_rate: Amount


class _Payment(msgspec.Struct, rename="camel"):
    symbol: ContractId
    income_type: str
    income: Amount
    asset: str
    time: Number
    tran_id: int | str

    def payment(self) -> FundingPayment:
        return FundingPayment(
            payment_id=str(self.tran_id),
            contract_id=self.symbol,
            amount=Decimal(self.income),
            asset=self.asset,
            rate=None,
            quantity=None,
            venue_ns=self.time * MS,
        )


_PAYMENTS = Ascending(_Payment, _Payment.payment, lambda row: row.venue_ns, PAYMENTS_MAX)
_MODE = msgspec.json.Decoder(_Mode)
_ACCOUNT, _FEES = msgspec.json.Decoder(_Account), msgspec.json.Decoder(_Fees)
_KEY = msgspec.json.Decoder(dict[str, Annotated[str, msgspec.Meta(min_length=1)]])


class FapiPositions:
    """Positions of one account."""

    def __init__(self, dialect: Fapi, table: MarketTable) -> None:
        self._dialect = dialect
        self._table = table

    def all(self) -> Flow[Sequence[ExchangePositionSnapshot | Unreadable]]:
        """Return every open position; markets without one are listed as well, with zero."""
        answer = yield self._dialect.ask_privately("positionRisk", {})
        rows = read_rows(listed(answer.body), PositionRow, self.snapshot, ("symbol",))
        return [row for row in rows if isinstance(row, Unreadable) or row.quantity]

    def snapshot(self, row: PositionRow) -> ExchangePositionSnapshot:
        """Return what a row says; in hedge mode a market has one of each side, signed as well."""
        return ExchangePositionSnapshot(
            symbol=Known(self._dialect, self._table).symbol_of(row.symbol),
            contract_id=row.symbol,
            quantity=Decimal(row.position_amt),
            entry_price=Decimal(row.entry_price),
            mark_price=_told(row.mark_price),
            unrealized_pnl=_told(row.un_realized_profit),
            leverage=_told(row.leverage),
            liquidation_price=Decimal(row.liquidation_price) or None,
            position_side=POSITION_SIDE[row.position_side],
            metadata=MappingProxyType({"margin_type": row.margin_type}),
        )


def _told(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


class FapiAccount:
    """The money of one account."""

    def __init__(self, dialect: Fapi) -> None:
        self._dialect = dialect

    def balance(self) -> Flow[Funds]:
        """Return what there is; the totals count what is held in USDT."""
        answer = yield self._dialect.ask_privately("account", {})
        account = _ACCOUNT.decode(answer.body)
        return Funds(
            Decimal(account.available_balance),
            Decimal(account.total_margin_balance),
            Decimal(account.total_unrealized_profit),
        )

    def hedged(self) -> Flow[bool]:
        """Say whether the account is in hedge mode."""
        answer = yield self._dialect.ask_privately(MODE, {}, scope="mode")
        return _MODE.decode(answer.body).dual_side_position

    def set_hedged(self, hedged: bool) -> Flow[None]:
        """Change the mode where it is another; open orders and positions forbid it."""
        if (yield from self.hedged()) is not hedged:
            yield self._dialect.ask_privately(
                MODE, {"dualSidePosition": hedged}, Method.POST, scope="mode_change"
            )

    def permissions(self) -> Flow[KeyRights]:
        """Say whether the account may trade; whether its keys may withdraw is not told here."""
        answer = yield self._dialect.ask_privately("rights", {})
        return KeyRights(trades=msgspec.json.decode(answer.body, type=_Rights).can_trade)

    def isolated(self, contract_id: ContractId) -> Flow[bool]:
        """Say whether a market is in isolated margin."""
        row = yield from self._set_for(contract_id)
        return {"CROSS": False, "CROSSED": False, "ISOLATED": True}[row.margin_type.upper()]

    def leverage(self, contract_id: ContractId) -> Flow[Decimal]:
        """Return the leverage that is set for a market."""
        row = yield from self._set_for(contract_id)
        return Decimal(row.leverage)

    def _set_for(self, contract_id: ContractId) -> Flow[_Leverage]:
        answer = yield self._dialect.ask_privately("leverage_now", {"symbol": contract_id})
        for row in readable(read_rows(listed(answer.body), _Leverage, as_is)):
            if row.symbol == contract_id:
                return row
        raise MalformedPayload(f"no leverage of {contract_id} is told")

    def set_leverage(self, contract_id: ContractId, leverage: Decimal) -> Flow[None]:
        """Set it; whole numbers alone are taken."""
        params = {"symbol": contract_id, "leverage": int(leverage)}
        yield self._dialect.ask_privately("leverage", params, Method.POST)

    def brackets(self, contract_id: ContractId) -> Flow[LeverageInfo]:
        """Return leverage and margin by size of position, smallest first."""
        answer = yield self._dialect.ask_privately("leverageBracket", {"symbol": contract_id})
        (told,) = readable(read_rows(listed(answer.body), _Brackets, as_is))
        brackets = (
            LeverageBracket(row.notional_cap, Decimal(row.initial_leverage), row.maint_margin_ratio)
            for row in told.brackets
        )
        return leverage_of(brackets, contract_id)

    def fees(self, contract_id: ContractId) -> Flow[tuple[Decimal, Decimal]]:
        """Return (maker, taker) of this account."""
        answer = yield self._dialect.ask_privately("commissionRate", {"symbol": contract_id})
        fees = _FEES.decode(answer.body)
        return Decimal(fees.maker_commission_rate), Decimal(fees.taker_commission_rate)

    def payments(
        self, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Flow[Sequence[FundingPayment]]:
        """Return funding payments in [since, until), week by week; received above zero."""
        told: list[FundingPayment | Unreadable] = []
        for start_ns in range(since_ns, until_ns, SPAN_NS):
            told += yield from self._week(contract_id, start_ns, min(start_ns + SPAN_NS, until_ns))
        return readable(told)

    def _week(
        self, contract_id: ContractId, start_ns: int, end_ns: int
    ) -> Flow[list[FundingPayment | Unreadable]]:
        params = {"symbol": contract_id, "incomeType": "FUNDING_FEE", "limit": PAYMENTS_MAX}
        return (
            yield from _PAYMENTS.between(
                lambda start_ms: self._dialect.ask_privately(
                    "income", {**params, "startTime": start_ms, "endTime": -(-end_ns // MS)}
                ),
                start_ns,
                end_ns,
            )
        )


class FapiSessions:
    """The listen key, which opens the account's stream and which no other request needs."""

    def __init__(self, dialect: Fapi) -> None:
        self._dialect = dialect

    def login(self, now_ms: int, entropy: int) -> Flow[Session]:
        """Ask for the key. Asking again within its hour gives the same one, for another hour."""
        answer = yield self._dialect.ask_privately("listenKey", {}, Method.POST)
        key = _KEY.decode(answer.body)["listenKey"]
        return Session(
            tokens={LISTEN_KEY: key},
            refresh_at_ms=now_ms + RENEW_MS,
            expires_at_ms=now_ms + LIFE_MS,
        )
