"""What a failed request proves, what is repeated, and what never is."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import Any

import pytest

from exchange_clients.errors import (
    AuthenticationFailed,
    ClientConfigError,
    ExchangeError,
    InvalidOrder,
    MalformedPayload,
    NotConnectedError,
    OutcomeUnknown,
    RateLimited,
    VenueRejected,
)
from exchange_clients.shared.client.order_rules import NOTHING_DONE
from exchange_clients.shared.flow import Flow, Method, Request, Response
from exchange_clients.shared.transport.ports import AnswerLost, NotSent
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from tests.support.scripted_transport import (
    Answer,
    ScriptedSigner,
    Stage,
    act,
    cancel,
    ok,
    read,
    refusal,
    stage,
)

HTML = Response(503, b"<html>We will be back</html>")


def outcome(
    flow: Flow[Any], *answers: Answer, signer: ScriptedSigner | None = None
) -> tuple[object, Stage]:
    """Run a flow against answers for its path; return its result or error, and the stage."""

    async def main(loop: VirtualLoop) -> tuple[object, Stage]:
        scene = stage(VirtualClock(loop), signer=signer)
        for each in ("/read", "/order", "/cancel"):
            scene.http.answers[each] = list(answers)
        await scene.link.open()
        try:
            return await scene.link.run(flow), scene
        except ExchangeError as error:
            return error, scene
        finally:
            await scene.link.close()

    return run_virtual(main)


# What may act is sent at most once ----------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        AnswerLost("reset by peer"),
        AnswerLost("no answer within 10 s"),
        OSError("a transport that breaks its word"),
        refusal(500, "refused by nobody"),
        refusal(200, "a code that is not listed"),
        HTML,
        Response(502, b""),
        Response(200, b""),
        Response(200, b'{"id": "12'),
        Response(200, b"<html>We will be back</html>"),
    ],
    ids=lambda answer: str(answer)[:40],
)
def test_an_order_whose_answer_proves_nothing_is_unknown_and_never_sent_again(
    answer: Answer,
) -> None:
    """A lost reply, one that never arrived, an error after acceptance, a late, cut or HTML one.

    H1, H2, H3, H5, H9 of the fault catalogue.
    """
    result, scene = outcome(act(), answer)
    assert isinstance(result, OutcomeUnknown)
    assert scene.http.paths() == ["/order"]


def test_an_order_that_never_left_was_not_placed_and_is_not_sent_later() -> None:
    result, scene = outcome(act(), NotSent("connection refused"))
    assert isinstance(result, NOTHING_DONE)
    assert isinstance(result, NotConnectedError)
    assert scene.http.paths() == ["/order"]


def test_a_status_of_success_with_an_error_inside_is_a_refusal() -> None:
    """H10."""
    result, _ = outcome(act(), refusal(200, "refused"))
    assert isinstance(result, VenueRejected)
    assert result.code == "refused"


def test_an_order_refused_for_its_rate_did_nothing_and_is_not_repeated() -> None:
    result, scene = outcome(act(), refusal(429, retry_after="1"))
    assert isinstance(result, RateLimited)
    assert scene.http.paths() == ["/order"]


def test_an_answer_to_an_order_that_its_words_cannot_read_leaves_it_unknown() -> None:
    def words() -> Flow[str]:
        answer = yield Request(Method.POST, "/order", repeatable=False)
        return {"a": answer.body.decode()}["b"]

    result, _ = outcome(words(), ok({}))
    assert isinstance(result, OutcomeUnknown)


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: [0][len("xx")],
        lambda: {"name": 1}["id"],
        lambda: int("x"),
        lambda: Decimal(1) / Decimal(0),
        lambda: None + 1,  # type: ignore[operator]
        lambda: None.id,  # type: ignore[attr-defined]
        lambda: next(iter(())),
    ],
)
def test_an_answer_to_a_read_that_its_words_cannot_read_is_malformed(mistake: Any) -> None:
    def words() -> Flow[object]:
        yield Request(Method.GET, "/read")
        return mistake()

    result, _ = outcome(words(), ok({}))
    assert isinstance(result, MalformedPayload)


def test_what_words_refuse_on_an_answers_evidence_stays_a_refusal() -> None:
    def words() -> Flow[object]:
        yield Request(Method.POST, "/order", repeatable=False)
        raise InvalidOrder("the acknowledgement says that it was refused")

    result, _ = outcome(words(), ok({}))
    assert isinstance(result, InvalidOrder)


def test_no_mistake_in_reading_an_answer_hides_that_an_order_was_sent() -> None:
    def words() -> Flow[object]:
        yield Request(Method.POST, "/order", repeatable=False)
        raise AssertionError("broken program")

    result, _ = outcome(words(), ok({}))
    assert isinstance(result, OutcomeUnknown)


def test_a_failed_read_before_the_order_changed_nothing() -> None:
    def words() -> Flow[object]:
        answer = yield Request(Method.GET, "/read")
        int(answer.body)
        yield Request(Method.POST, "/order", repeatable=False)
        return None

    result, scene = outcome(words(), ok("x"))
    assert isinstance(result, MalformedPayload)
    assert scene.http.paths() == ["/read"]


def test_a_mistake_of_the_program_is_not_an_error_of_the_venue() -> None:
    def words() -> Flow[object]:
        yield Request(Method.GET, "/read")
        raise AssertionError("broken program")

    with pytest.raises(AssertionError):
        outcome(words(), ok({}))


# What may be repeated -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [AnswerLost("cut"), NotSent("refused"), HTML, refusal(500), refusal(429, retry_after="0.5")],
    ids=lambda answer: str(answer)[:40],
)
def test_a_read_is_repeated_until_it_is_answered(answer: Answer) -> None:
    result, scene = outcome(read(), answer, answer, ok("here"))
    assert result == "here"
    assert scene.http.paths() == ["/read"] * 3


def test_a_read_is_repeated_only_so_often() -> None:
    result, scene = outcome(read(), *[AnswerLost("cut")] * 9)
    assert isinstance(result, AnswerLost)
    assert scene.http.paths() == ["/read"] * 4


def test_a_refused_read_is_not_repeated() -> None:
    result, scene = outcome(read(), refusal(400, "refused"))
    assert isinstance(result, VenueRejected)
    assert scene.http.paths() == ["/read"]


def test_nothing_is_sent_before_the_time_that_the_venue_named() -> None:
    """H11: a refusal for the rate, then silence until Retry-After."""
    _, scene = outcome(read(), refusal(429, retry_after="3"), ok("here"))
    first, second = (sent.at_ns for sent in scene.http.sent if sent.path == "/read")
    assert second - first >= 3_000_000_000


def test_a_wait_longer_than_the_deadline_is_not_waited_for() -> None:
    result, scene = outcome(read(), refusal(429, retry_after="3600"), ok("here"))
    assert isinstance(result, RateLimited)
    assert result.retry_after_s == 3600
    assert scene.http.paths() == ["/read"]


def test_a_cancel_whose_answer_is_lost_is_sent_again_over_the_urgent_connections() -> None:
    """H6, H15: we repeat, not the HTTP library; and slow reads do not hold up a cancel."""
    result, scene = outcome(cancel(), AnswerLost("cut"), ok("canceled"))
    assert result == "canceled"
    assert [sent.urgent for sent in scene.http.sent if sent.path == "/cancel"] == [True, True]


# What flows ask for -------------------------------------------------------------------------------


def test_an_error_that_a_request_lists_is_sent_into_the_flow_with_its_answer() -> None:
    result, _ = outcome(act(answers=(VenueRejected,)), refusal(400, "refused"))
    assert isinstance(result, VenueRejected)


def test_an_unknown_outcome_may_be_listed_too() -> None:
    result, scene = outcome(act(answers=(OutcomeUnknown,)), AnswerLost("cut"))
    assert isinstance(result, OutcomeUnknown)
    assert scene.http.paths() == ["/order"]


def test_public_requests_carry_their_own_spelling() -> None:
    flow = read(
        params={"symbol": "A B", "limit": 5, "after": None, "open": True, "at": Decimal("1E-7")},
        headers={"x-who": "me"},
    )
    _, scene = outcome(flow, ok(1))
    sent = scene.http.sent[-1]
    assert sent.path == "/read?symbol=A%20B&limit=5&open=true&at=0.0000001"
    assert (dict(sent.headers), sent.body) == ({"x-who": "me"}, b"")


def test_a_body_is_json_and_a_form_is_a_form() -> None:
    _, scene = outcome(act(body={"size": Decimal("0.10")}, private=False), ok(1))
    assert scene.http.sent[-1].body == b'{"size":"0.10"}'
    assert scene.http.sent[-1].headers["content-type"] == "application/json"
    _, scene = outcome(act(form={"tx": "a b"}, private=False), ok(1))
    assert scene.http.sent[-1].body == b"tx=a+b"
    assert scene.http.sent[-1].headers["content-type"] == "application/x-www-form-urlencoded"


# Signing ------------------------------------------------------------------------------------------


def test_a_reference_is_told_after_signing_and_before_sending() -> None:
    async def main(loop: VirtualLoop) -> None:
        scene = stage(VirtualClock(loop))
        scene.http.answers["/order"] = [ok("placed")]
        await scene.link.open()
        seen: list[tuple[str, int]] = []

        def journal(reference: str) -> None:
            seen.append((reference, len(scene.http.paths())))

        await scene.link.run(act(), on_reference=journal)
        assert seen == [("tx-None", 0)]
        await scene.link.close()

    run_virtual(main)


def test_an_order_that_cannot_be_journalled_is_not_sent() -> None:
    async def main(loop: VirtualLoop) -> None:
        scene = stage(VirtualClock(loop))
        await scene.link.open()

        def journal(reference: str) -> None:
            raise OSError("disk full")

        with pytest.raises(OSError, match="disk full"):
            await scene.link.run(act(), on_reference=journal)
        assert scene.http.paths() == []
        await scene.link.close()

    run_virtual(main)


def test_an_order_that_cannot_be_signed_was_not_placed_and_quotes_no_secret() -> None:
    def refuse() -> None:
        raise ValueError("key s3cret is no point of the curve")

    result, scene = outcome(act(), signer=ScriptedSigner(wait=refuse))
    assert isinstance(result, VenueRejected)
    assert "s3cret" not in str(result)
    assert scene.http.paths() == []


def test_a_signers_own_refusal_keeps_its_reason() -> None:
    def refuse() -> None:
        raise InvalidOrder("the size has too many digits")

    result, scene = outcome(act(), signer=ScriptedSigner(wait=refuse))
    assert isinstance(result, VenueRejected)
    assert result.reason is InvalidOrder.reason
    assert scene.http.paths() == []


def test_a_service_without_a_url_is_named_and_nothing_is_sent() -> None:
    result, scene = outcome(act(service="archive"))
    assert isinstance(result, ClientConfigError)
    assert "archive" in str(result)
    assert scene.http.paths() == []


def test_each_attempt_is_signed_anew() -> None:
    signer = ScriptedSigner()
    outcome(cancel(), AnswerLost("cut"), ok(1), signer=signer)
    assert len({context.entropy for context in signer.contexts}) == 2


def test_a_refused_account_without_logins_is_told_at_once() -> None:
    result, scene = outcome(act(), refusal(401))
    assert isinstance(result, AuthenticationFailed)
    assert scene.http.paths() == ["/order"]


def test_logs_name_a_request_without_its_query(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        outcome(cancel(params={"signature": "s3cret"}), AnswerLost("cut"), ok(1))
    lines = [record.getMessage() for record in caplog.records if "retry" in record.getMessage()]
    assert len(lines) == 1
    assert "POST /cancel" in lines[0]
    assert "s3cret" not in caplog.text
