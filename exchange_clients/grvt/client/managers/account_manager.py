"""The account and its login, as GRVT words them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from exchange_clients.base_models import ContractId, LeverageBracket, LeverageInfo
from exchange_clients.errors import AuthenticationFailed, MalformedPayload
from exchange_clients.events import FundingPayment
from exchange_clients.grvt.client.utils.converters import Page, pages
from exchange_clients.grvt.common import AUTH, MARKET_DATA, TRADES, call
from exchange_clients.shared.amounts import Amount
from exchange_clients.shared.flow import Flow, Method, Request
from exchange_clients.shared.instants import parse_http_date
from exchange_clients.shared.signing import Session
from exchange_clients.shared.venue import Funds

COOKIE = "gravity"
REFRESH_EARLY_MS = 120_000
LIMIT = 1000


class _Summary(msgspec.Struct):
    available_balance: Amount
    total_equity: Amount
    unrealized_pnl: Amount
    settle_index_price: Amount | None = None


class _Leverage(msgspec.Struct):
    instrument: str
    leverage: Decimal
    margin_type: str = ""


class _Leverages(msgspec.Struct):
    results: list[_Leverage]


class _Success(msgspec.Struct):
    success: bool


class _Answer(msgspec.Struct):
    """An answer to a login, whatever it says."""

    status: str


class _Bracket(msgspec.Struct):
    maintenance_margin_rate: Decimal
    initial_margin_rate: Decimal
    max_leverage: Decimal
    notional_cap: Decimal | None = None


class _Rules(msgspec.Struct):
    risk_brackets: list[_Bracket]


class _Payment(msgspec.Struct):
    event_time: str
    instrument: str
    currency: str
    amount: Amount
    tx_id: str


class GrvtAccount:
    """The money of one sub account."""

    def __init__(self, account_id: str) -> None:
        self._account = account_id

    def balance(self) -> Flow[Funds]:
        """Return what there is."""
        answer = yield self._ask("account_summary")
        summary = msgspec.json.decode(answer.body, type=Page[_Summary]).result
        return Funds(
            Decimal(summary.available_balance),
            Decimal(summary.total_equity),
            Decimal(summary.unrealized_pnl),
            None if summary.settle_index_price is None else Decimal(summary.settle_index_price),
        )

    def leverage(self, contract_id: ContractId) -> Flow[Decimal]:
        """Return the leverage that is set for a market."""
        row = yield from self._set_for(contract_id)
        return row.leverage

    def isolated(self, contract_id: ContractId) -> Flow[bool]:
        """Say whether a market is in isolated margin."""
        row = yield from self._set_for(contract_id)
        return {"CROSS": False, "ISOLATED": True}[row.margin_type]

    def _set_for(self, contract_id: ContractId) -> Flow[_Leverage]:
        answer = yield self._ask("get_all_initial_leverage")
        for row in msgspec.json.decode(answer.body, type=_Leverages).results:
            if row.instrument == contract_id:
                return row
        raise MalformedPayload(f"the list of leverages does not hold {contract_id}")

    def set_leverage(self, contract_id: ContractId, leverage: Decimal) -> Flow[None]:
        """Set it by the call that needs no signature.

        GRVT calls it deprecated; the form of the signed one, ``set_position_config``, is not
        confirmed. The caller reads the leverage back, so that a change would not pass unseen.
        """
        body = {"instrument": contract_id, "leverage": format(leverage.normalize(), "f")}
        answer = yield self._ask("set_initial_leverage", **body)
        if not msgspec.json.decode(answer.body, type=_Success).success:
            raise MalformedPayload(f"the leverage of {contract_id} was neither set nor refused")

    def brackets(self, contract_id: ContractId) -> Flow[LeverageInfo]:
        """Return the margin rules of a market, smallest positions first."""
        answer = yield call(MARKET_DATA, "margin_rules", {"instrument": contract_id}, "market")
        rules = msgspec.json.decode(answer.body, type=Page[_Rules]).result.risk_brackets
        return LeverageInfo(
            max_leverage=rules[0].max_leverage,
            max_notional=rules[-1].notional_cap,
            margin_requirement=rules[0].initial_margin_rate,
            brackets=tuple(
                LeverageBracket(row.notional_cap, row.max_leverage, row.maintenance_margin_rate)
                for row in rules
            ),
        )

    def payments(
        self, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Flow[Sequence[FundingPayment]]:
        """Return funding payments in [since, until); GRVT's amounts are positive when paid."""
        body = {
            "instrument": contract_id,
            "start_time": str(since_ns),
            "end_time": str(until_ns),
            "limit": LIMIT,
        }
        rows = yield from pages(
            lambda cursor: self._ask("funding_payment_history", **body, cursor=cursor),
            Page[list[_Payment]],
        )
        return [
            FundingPayment(
                payment_id=row.tx_id,
                contract_id=ContractId(row.instrument),
                amount=-Decimal(row.amount),
                asset=row.currency,
                rate=None,  # the history tells neither the rate
                quantity=None,  # nor the position
                venue_ns=int(row.event_time),
            )
            for row in rows
            if row.instrument == contract_id and since_ns <= int(row.event_time) < until_ns
        ]

    def _ask(self, name: str, **body: object) -> Request:
        return call(
            TRADES, name, {"sub_account_id": self._account, **body}, "account", private=True
        )


class GrvtSessions:
    """How an API key becomes a cookie."""

    def __init__(self, api_key: str) -> None:
        self._api_key = api_key

    def login(self, now_ms: int, entropy: int) -> Flow[Session]:
        """Log in. A refused key may still be answered with 200: what counts is the cookie."""
        answer = yield Request(
            Method.POST,
            "/auth/api_key/login",
            body={"api_key": self._api_key},
            headers={"cookie": "rm=true;"},
            service=AUTH,
            scope="login",
        )
        cookies = answer.headers.get("set-cookie", "").split("\n")  # the gateway adds its own
        cookie = next((each for each in cookies if each.startswith(f"{COOKIE}=")), "")
        token, _, attributes = cookie.partition(";")
        account = answer.headers.get("x-grvt-account-id", "")
        if not token or not account:
            # Only an answer of the venue refuses; a page of whoever stands before it does not.
            msgspec.json.decode(answer.body, type=_Answer)
            raise AuthenticationFailed("grvt gave no session for this API key")
        expires = next(
            (
                each.partition("=")[2]
                for each in attributes.split("; ")
                if each.strip().lower().startswith("expires=")
            ),
            "",
        )
        if not expires:
            raise MalformedPayload("grvt's session cookie says no expiry")
        expires_ms = parse_http_date(expires) // 1_000_000
        return Session(
            headers={"cookie": token, "x-grvt-account-id": account},
            refresh_at_ms=max(expires_ms - REFRESH_EARLY_MS, (now_ms + expires_ms) // 2),
            expires_at_ms=expires_ms,
        )
