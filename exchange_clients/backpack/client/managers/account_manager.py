"""The account's money, leverage and funding, as Backpack words them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from exchange_clients.backpack.client.utils.converters import NEWEST_FIRST, instant_ns, read_back
from exchange_clients.backpack.common import QUOTE
from exchange_clients.base_models import ContractId
from exchange_clients.events import FundingPayment
from exchange_clients.shared.amounts import Amount, Positive
from exchange_clients.shared.encoding import text_of
from exchange_clients.shared.flow import Flow, Method, Request
from exchange_clients.shared.order_rows import payments_within
from exchange_clients.shared.venue import Funds

ACCOUNT = "/api/v1/account"


class _Coin(msgspec.Struct, rename="camel"):
    symbol: str
    asset_mark_price: Positive


class _Collateral(msgspec.Struct, rename="camel"):
    net_equity: Amount
    net_equity_available: Amount
    pnl_unrealized: Amount
    collateral: list[_Coin] = []


class _Account(msgspec.Struct, rename="camel"):
    leverage_limit: Positive


class _Payment(msgspec.Struct, rename="camel"):
    symbol: ContractId
    quantity: Amount
    """The money: above zero it was received."""
    funding_rate: Amount
    interval_end_timestamp: str

    def payment(self) -> FundingPayment:
        # A payment has no id of its own; a contract is settled once an interval.
        return FundingPayment(
            payment_id=f"{self.symbol}:{self.interval_end_timestamp}",
            contract_id=self.symbol,
            amount=Decimal(self.quantity),
            asset=QUOTE,
            rate=Decimal(self.funding_rate),
            quantity=None,
            venue_ns=instant_ns(self.interval_end_timestamp),
        )


class BackpackAccount:
    """One cross-margin account."""

    def balance(self) -> Flow[Funds]:
        """Return the collateral: the wallet's own balances leave out what is lent."""
        answer = yield Request(Method.GET, "/api/v1/capital/collateral", private=True)
        row = msgspec.json.decode(answer.body, type=_Collateral)
        return Funds(
            available=Decimal(row.net_equity_available),
            equity=Decimal(row.net_equity),
            unrealised=Decimal(row.pnl_unrealized),
            collateral_price=next(
                (Decimal(each.asset_mark_price) for each in row.collateral if each.symbol == QUOTE),
                None,
            ),
        )

    def leverage(self, contract_id: ContractId) -> Flow[Decimal]:
        """Return the account's limit, which holds for every contract alike."""
        answer = yield Request(Method.GET, ACCOUNT, private=True)
        return Decimal(msgspec.json.decode(answer.body, type=_Account).leverage_limit)

    def set_leverage(self, contract_id: ContractId, leverage: Decimal) -> Flow[None]:
        """Set the account's limit, for every contract at once; the answer is empty."""
        body = {"leverageLimit": text_of(leverage)}
        yield Request(Method.PATCH, ACCOUNT, body=body, private=True)

    def payments(
        self, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Flow[Sequence[FundingPayment]]:
        """Return payments in [since, until); the venue cannot be asked by time."""
        params = {"symbol": contract_id, **NEWEST_FIRST}
        request = Request(Method.GET, "/wapi/v1/history/funding", params, private=True)
        rows = yield from read_back(
            request, _Payment, _Payment.payment, (), lambda row: row.venue_ns, since_ns
        )
        return payments_within(rows, contract_id, since_ns, until_ns)
