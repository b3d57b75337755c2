"""What Lighter's codes, statuses and instants mean."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from exchange_clients.base_models import (
    OrderStatus,
    Reason,
)
from exchange_clients.errors import (
    AuthenticationFailed,
    ExchangeError,
    InsufficientMargin,
    InvalidOrder,
    MalformedPayload,
    MarketUnavailable,
    OutcomeUnknown,
    RateLimited,
    ReduceOnlyRejected,
    VenueRejected,
)
from exchange_clients.lighter.client.managers.account_manager import (
    LighterNonces,
)
from exchange_clients.lighter.client.utils.converters import instant_ns, reason_of, status_of
from exchange_clients.lighter.client.utils.errors import read_error
from exchange_clients.lighter.common import (
    REASON,
    STATUS,
)
from exchange_clients.shared.flow import Method, Request, Response
from exchange_clients.shared.venue import NonceEffect
from tests.exchange_clients.lighter.lighter_samples import (
    CREDENTIALS,
    answer,
    sample,
)

CREATION = Request(Method.POST, "/api/v1/sendTx", repeatable=False)
QUERY = Request(Method.GET, "/api/v1/account")


@pytest.mark.parametrize(
    ("code", "kind", "reason", "effect"),
    [
        (21100, AuthenticationFailed, None, NonceEffect.UNUSED),
        (21120, AuthenticationFailed, None, NonceEffect.UNUSED),
        (21136, AuthenticationFailed, None, NonceEffect.UNUSED),
        (20558, AuthenticationFailed, None, NonceEffect.UNUSED),
        (21104, VenueRejected, Reason.OTHER, NonceEffect.OUT_OF_STEP),
        (21105, VenueRejected, Reason.OTHER, NonceEffect.OUT_OF_STEP),
        (21111, InsufficientMargin, Reason.INSUFFICIENT_MARGIN, NonceEffect.UNUSED),
        (21739, InsufficientMargin, Reason.INSUFFICIENT_MARGIN, NonceEffect.UNUSED),
        (21506, RateLimited, None, NonceEffect.UNUSED),
        (21605, MarketUnavailable, Reason.MARKET_UNAVAILABLE, NonceEffect.UNUSED),
        (21702, InvalidOrder, Reason.INVALID_ORDER, NonceEffect.UNUSED),
        (21706, InvalidOrder, Reason.BELOW_MINIMUM, NonceEffect.UNUSED),
        (21708, VenueRejected, Reason.ALREADY_TERMINAL, NonceEffect.UNUSED),
        (21715, VenueRejected, Reason.ALREADY_TERMINAL, NonceEffect.UNUSED),
        (21720, VenueRejected, Reason.RATE_LIMITED, NonceEffect.UNUSED),
        (21728, VenueRejected, Reason.DUPLICATE_CLIENT_ORDER_ID, NonceEffect.UNUSED),
        (21733, InvalidOrder, Reason.INVALID_ORDER, NonceEffect.UNUSED),
        (21740, ReduceOnlyRejected, Reason.REDUCE_ONLY_REJECTED, NonceEffect.UNUSED),
        (23000, RateLimited, None, NonceEffect.UNUSED),
        (29500, OutcomeUnknown, None, NonceEffect.UNKNOWN),
        (99999, OutcomeUnknown, None, NonceEffect.UNKNOWN),
    ],
)
def test_errors_go_by_their_code(
    code: int, kind: type[ExchangeError], reason: Reason, effect: NonceEffect
) -> None:
    body = msgspec.json.encode({"code": code, "message": "no"})
    error = read_error(CREATION, Response(400, body))
    assert type(error) is kind
    assert getattr(error, "reason", None) is reason
    assert LighterNonces(CREDENTIALS.public).effect(error) is effect


def test_a_refusal_counts_whatever_its_status_is() -> None:
    error = read_error(CREATION, Response(200, sample("http_error_invalid_nonce")))
    assert isinstance(error, VenueRejected)
    assert str(error) == "21104: invalid nonce"


def test_a_query_that_is_refused_with_an_unknown_code_was_refused() -> None:
    error = read_error(QUERY, Response(400, b'{"code":21500,"message":"transaction not found"}'))
    assert type(error) is VenueRejected


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, AuthenticationFailed), (403, AuthenticationFailed), (429, RateLimited)],
)
def test_some_statuses_say_enough_whatever_the_body_is(
    status: int, kind: type[ExchangeError]
) -> None:
    assert type(read_error(CREATION, Response(status, b"<html>"))) is kind


def test_a_maintenance_page_cannot_be_read_and_so_proves_nothing() -> None:
    with pytest.raises(msgspec.DecodeError):
        read_error(CREATION, Response(503, b"<html>maintenance</html>"))


def test_a_success_is_no_error() -> None:
    assert read_error(CREATION, answer("http_post_send_tx")) is None


@pytest.mark.parametrize(
    ("word", "filled", "status"),
    [
        ("in-progress", "0", OrderStatus.PENDING),
        ("pending", "0", OrderStatus.OPEN),
        ("open", "0.0000", OrderStatus.OPEN),
        ("open", "0.1", OrderStatus.PARTIALLY_FILLED),
        ("filled", "1", OrderStatus.FILLED),
        ("canceled", "0.1", OrderStatus.CANCELED),
        ("canceled-post-only", "0", OrderStatus.REJECTED),
        ("canceled-margin-not-allowed", "0", OrderStatus.REJECTED),
        ("canceled-too-much-slippage", "0.1", OrderStatus.CANCELED),
        ("canceled-expired", "0", OrderStatus.EXPIRED),
        ("canceled-for-a-new-reason", "0", OrderStatus.CANCELED),
    ],
)
def test_every_status_has_its_meaning(word: str, filled: str, status: OrderStatus) -> None:
    assert status_of(word, Decimal(filled)) is status


def test_every_end_but_a_fill_and_an_expiry_has_a_reason() -> None:
    assert {word for word in STATUS if STATUS[word].terminal} - set(REASON) == {
        "filled",
        "canceled-expired",
    }
    assert reason_of("open") is None
    assert reason_of("canceled-expired") is None
    assert reason_of("canceled-for-a-new-reason") is Reason.OTHER


def test_a_status_that_is_no_word_of_the_venue_is_not_guessed() -> None:
    with pytest.raises(MalformedPayload, match="asleep"):
        status_of("asleep", Decimal(0))


@pytest.mark.parametrize("stamp", [1795200000, 1795200000_000, 1795200000_000_000])
def test_the_unit_of_an_instant_shows_by_its_size(stamp: int) -> None:
    assert instant_ns(stamp) == 1795200000 * 10**9


@pytest.mark.parametrize("stamp", [0, -1, 10**19])
def test_what_is_no_instant_is_refused(stamp: int) -> None:
    with pytest.raises(MalformedPayload, match="unit"):
        instant_ns(stamp)
