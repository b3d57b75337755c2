"""What some venues can say and the toy venue leaves out: amending, sweeping, leverage, payments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from exchange_clients.base_models import (
    ONE,
    ContractId,
    LeverageBracket,
    LeverageInfo,
    OrderInfo,
)
from exchange_clients.events import FundingPayment
from exchange_clients.shared.flow import Flow, Method, Request
from exchange_clients.shared.rows import as_is, read_rows
from exchange_clients.shared.signing import SigningContext, WireRequest
from exchange_clients.shared.venue import PrivateWords, Venue
from tests.support.toy_venue import (
    VENUE,
    ToyAccount,
    ToyOrder,
    ToyOrders,
    ToySigner,
    decode,
    pages,
    private,
)


class RichOrders(ToyOrders):
    def amend(
        self, order: OrderInfo, *, price: Decimal | None, size: Decimal | None
    ) -> Flow[OrderInfo]:
        path, body = f"/orders/{order.client_order_id}", {"price": price, "size": size}
        answer = yield Request(Method.PATCH, path, body=body, private=True, repeatable=False)
        return decode(answer.body, type=ToyOrder).info()

    def cancel_all(self, contract_id: ContractId | None) -> Flow[None]:
        yield Request(Method.POST, "/sweep", {"market": contract_id}, private=True, urgent=True)


class RichAccount(ToyAccount):
    def leverage(self, contract_id: ContractId) -> Flow[Decimal]:
        answer = yield Request(Method.GET, f"/leverage/{contract_id}", private=True)
        return decode(answer.body, type=Decimal)

    def set_leverage(self, contract_id: ContractId, leverage: Decimal) -> Flow[None]:
        body = {"leverage": leverage}
        path = f"/leverage/{contract_id}"
        yield Request(Method.PUT, path, body=body, private=True, repeatable=False)

    def brackets(self, contract_id: ContractId) -> Flow[LeverageInfo]:
        answer = yield Request(Method.GET, "/brackets", {"market": contract_id}, private=True)
        rows = decode(answer.body, type=tuple[LeverageBracket, ...])
        most = rows[0].max_leverage
        return LeverageInfo(most, rows[-1].max_notional, ONE / most, rows)

    def payments(
        self, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Flow[Sequence[FundingPayment]]:
        span = {"market": contract_id, "since": since_ns, "until": until_ns}
        rows = yield from pages("/payments", span)
        read = read_rows(rows, FundingPayment, as_is)
        return [each for each in read if isinstance(each, FundingPayment)]


class ReferringSigner(ToySigner):
    """Knows what the venue will call the transaction."""

    def prepare(self, request: Request, context: SigningContext) -> WireRequest:
        return replace(super().prepare(request, context), reference="0xabc")


def _rich(words: PrivateWords) -> PrivateWords:
    return replace(words, orders=RichOrders(), account=RichAccount())


def with_words(change: Callable[[PrivateWords], PrivateWords]) -> Venue:
    """Return the toy venue with other private words."""
    return replace(VENUE, private=lambda *given: change(private(*given)))


RICH = with_words(_rich)
REFERRING = with_words(
    lambda words: replace(words, signer=ReferringSigner("k", lambda data: data[:8]))
)
