"""What some venues can say and the toy venue leaves out: amending, sweeping, leverage, the past."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from exchange_clients.base_funding_adapter import FundingRateSample
from exchange_clients.base_models import (
    ONE,
    ContractId,
    LeverageBracket,
    LeverageInfo,
    OrderInfo,
)
from exchange_clients.events import FundingPayment, Unreadable
from exchange_clients.shared.credentials import Credentials
from exchange_clients.shared.flow import Flow, Method, Request
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.rows import as_is, read_rows
from exchange_clients.shared.signing import SigningContext, WireRequest, simulated_seal
from exchange_clients.shared.venue import PrivateWords, Venue
from tests.support.toy_venue import (
    VENUE,
    ToyAccount,
    ToyFunding,
    ToyOrders,
    ToySigner,
    ask,
    decode,
    pages,
)


class RichOrders(ToyOrders):
    def amend(
        self, order: OrderInfo, *, price: Decimal | None, size: Decimal | None
    ) -> Flow[OrderInfo]:
        path, body = f"/orders/{order.client_order_id}", {"price": price, "size": size}
        answer = yield Request(Method.PATCH, path, body=body, private=True, repeatable=False)
        return decode(answer.body, type=OrderInfo)

    def cancel_all(self, contract_id: ContractId | None) -> Flow[None]:
        yield Request(Method.POST, "/sweep", {"market": contract_id}, private=True, urgent=True)


class RichAccount(ToyAccount):
    def leverage(self, contract_id: ContractId) -> Flow[Decimal]:
        return ask(f"/leverage/{contract_id}", Decimal, private=True)

    def set_leverage(self, contract_id: ContractId, leverage: Decimal) -> Flow[None]:
        body = {"leverage": leverage}
        path = f"/leverage/{contract_id}"
        yield Request(Method.PUT, path, body=body, private=True, repeatable=False)

    def brackets(self, contract_id: ContractId) -> Flow[LeverageInfo]:
        kind = tuple[LeverageBracket, ...]
        rows = yield from ask("/brackets", kind, private=True, market=contract_id)
        most = rows[0].max_leverage
        return LeverageInfo(most, rows[-1].max_notional, ONE / most, rows)

    def payments(
        self, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Flow[Sequence[FundingPayment]]:
        rows = yield from pages("/payments", market=contract_id, since=since_ns, until=until_ns)
        read = read_rows(rows, FundingPayment, as_is)
        return [each for each in read if isinstance(each, FundingPayment)]


class RecallingFunding(ToyFunding):
    def history(
        self, table: MarketTable, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Flow[Sequence[FundingRateSample | Unreadable]]:
        rows = yield from pages(
            "/history", private=False, market=contract_id, since=since_ns, until=until_ns
        )
        return read_rows(rows, FundingRateSample, as_is)


class ReferringSigner(ToySigner):
    """Knows what the venue will call the transaction."""

    def prepare(self, request: Request, context: SigningContext) -> WireRequest:
        return replace(super().prepare(request, context), reference="0xabc")


CREDENTIALS = Credentials(VENUE.fields, {"key": "k", "secret": "s"})


def _rich(words: PrivateWords) -> PrivateWords:
    return replace(words, orders=RichOrders(), account=RichAccount())


def with_words(change: Callable[[PrivateWords], PrivateWords]) -> Venue:
    """Return the toy venue with other private words."""
    return replace(VENUE, private=lambda *given: change(VENUE.private(*given)))


RICH = replace(with_words(_rich), funding=RecallingFunding())
REFERRING = with_words(
    lambda words: replace(words, signer=ReferringSigner(CREDENTIALS, simulated_seal))
)
