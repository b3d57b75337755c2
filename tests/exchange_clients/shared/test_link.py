"""One link per account: it opens once, keeps session, time and markets, and closes last."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import msgspec
import pytest

from exchange_clients.base_models import NS, Symbol
from exchange_clients.errors import AuthenticationFailed, NotConnectedError, VenueRejected
from exchange_clients.shared.flow import Flow, Method, Request
from exchange_clients.shared.limits import Bucket, RateLimits
from exchange_clients.shared.transport.rate_limit import RateLimiter
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from tests.support.scripted_transport import (
    MARKETS,
    ScriptedLogins,
    ScriptedTransport,
    TimeTellingMarkets,
    act,
    cancel,
    ok,
    outcome_of,
    read,
    refusal,
    stage,
)


def test_before_opening_there_is_neither_table_nor_account() -> None:
    async def main(loop: VirtualLoop) -> None:
        link = stage(VirtualClock(loop)).link
        with pytest.raises(NotConnectedError):
            _ = link.table
        with pytest.raises(NotConnectedError):
            _ = link.private
        with pytest.raises(NotConnectedError):
            link.stream(private=False)
        assert dict(link.account) == {"account": "7"}

    run_virtual(main)


def test_opening_tells_the_time_loads_markets_and_logs_in_once_for_all_who_ask() -> None:
    async def main(loop: VirtualLoop) -> None:
        clock = VirtualClock(loop)
        http = ScriptedTransport(clock, latency_s=0.1)
        http.default = {
            "/time": lambda sent: ok(clock.now_ns()),
            "/login": lambda sent: ok([1, 1000]),
        }
        scene = stage(clock, http=http, markets=TimeTellingMarkets(), session=ScriptedLogins())
        tasks = [asyncio.ensure_future(scene.link.open()) for _ in range(3)]
        await asyncio.sleep(0.05)
        tasks[0].cancel()
        for task in tasks[1:]:
            await task
        await scene.link.open()
        paths = [sent.path for sent in scene.http.sent]
        assert paths == ["/time"] * 5 + [MARKETS, "/login"]
        assert scene.link.table.of_symbol("BTC").market.symbol == Symbol("BTC")
        session = scene.link.session_now()
        assert session is not None
        assert await scene.link.session() is session
        await scene.link.close()

    run_virtual(main)


def test_requests_do_not_wait_for_a_session_that_serves_streams_alone() -> None:
    async def main(loop: VirtualLoop) -> None:
        open_to_logins = True
        scene = stage(VirtualClock(loop), session=ScriptedLogins(), streams_only=True)
        answers = scene.http.default = dict(scene.http.default)
        answers["/login"] = lambda sent: ok([1, 1000]) if open_to_logins else refusal(401)
        answers["/positions"] = lambda sent: ok([])
        await scene.link.open()
        opened_with = scene.link.session_now()
        open_to_logins = False
        await asyncio.sleep(5)
        await scene.link.run(_asking_privately())
        with pytest.raises(AuthenticationFailed):
            await scene.link.session()
        open_to_logins = True
        await asyncio.sleep(100)
        assert await scene.link.renewed_after(opened_with)
        assert await scene.link.session() is not opened_with
        await scene.link.close()

    run_virtual(main)


def _asking_privately() -> Flow[None]:
    yield Request(Method.GET, "/positions", private=True)


def test_a_refused_stream_that_no_login_can_help_has_the_clock_estimated_anew() -> None:
    """T1: the venue's clock has stepped, and what a stream is asked with is signed with a time."""

    async def main(loop: VirtualLoop) -> None:
        clock, ahead_ns = VirtualClock(loop), 0
        http = ScriptedTransport(clock, latency_s=0.1)
        http.default = {"/time": lambda sent: ok(clock.now_ns() + ahead_ns)}
        scene = stage(clock, http=http, markets=TimeTellingMarkets())
        await scene.link.open()
        before_ns = scene.link.offset_ns
        ahead_ns = 4 * NS
        await clock.sleep(15)
        assert not await scene.link.renewed_after(None)
        await clock.sleep(5)
        assert abs(scene.link.offset_ns - before_ns - ahead_ns) < NS
        await scene.link.close()

    run_virtual(main)


def test_an_opening_that_failed_can_be_tried_again() -> None:
    async def main(loop: VirtualLoop) -> None:
        scene = stage(VirtualClock(loop), session=ScriptedLogins())
        scene.http.answers["/login"] = [refusal(401), ok([1, 100_000])]
        with pytest.raises(AuthenticationFailed):
            await scene.link.open()
        await asyncio.sleep(1.1)
        await scene.link.open()
        await scene.link.close()

    run_virtual(main)


def test_markets_that_did_not_change_leave_the_table_in_place() -> None:
    async def main(loop: VirtualLoop) -> None:
        scene = stage(VirtualClock(loop))
        await scene.link.open()
        table = scene.link.table
        assert await scene.link.refresh_markets() is table
        assert [sent.path for sent in scene.http.sent] == [MARKETS] * 2
        await scene.link.close()

    run_virtual(main)


def test_the_last_borrower_closes() -> None:
    async def main(loop: VirtualLoop) -> None:
        scene = stage(VirtualClock(loop))
        for _ in range(2):
            await scene.link.acquire().open()
        await scene.link.close()
        scene.http.answers["/read"] = [ok("here")]
        assert (await scene.link.run(read()), scene.http.closed) == ("here", 0)
        await scene.link.close()
        assert scene.http.closed == 1

    run_virtual(main)


def test_a_link_can_be_opened_again() -> None:
    async def main(loop: VirtualLoop) -> None:
        scene = stage(VirtualClock(loop))
        for _ in range(2):
            scene.http.answers["/read"] = [ok("here")]
            await scene.link.open()
            assert await scene.link.run(read()) == "here"
            await scene.link.close()

    run_virtual(main)


def test_a_flow_of_several_requests_gets_each_answer_in_turn() -> None:
    def pages() -> Flow[list[int]]:
        rows: list[int] = []
        for page in range(3):
            answer = yield Request(Method.GET, "/rows", params={"page": page})
            rows.append(msgspec.json.decode(answer.body, type=int))
        return rows

    async def main(loop: VirtualLoop) -> None:
        scene = stage(VirtualClock(loop))
        scene.http.answers["/rows"] = [ok(0), ok(1), ok(2)]
        await scene.link.open()
        assert await scene.link.run(pages()) == [0, 1, 2]
        await scene.link.close()

    run_virtual(main)


def test_a_list_whose_page_fails_is_not_told_as_complete() -> None:
    """H13."""

    def pages() -> Flow[int]:
        for page in range(3):
            yield Request(Method.GET, "/rows", params={"page": page})
        return 3

    async def main(loop: VirtualLoop) -> None:
        scene = stage(VirtualClock(loop))
        scene.http.answers["/rows"] = [ok(0), refusal(400, "refused"), ok(2)]
        await scene.link.open()
        result = await outcome_of(asyncio.ensure_future(scene.link.run(pages())))
        assert isinstance(result, VenueRejected)
        await scene.link.close()

    run_virtual(main)


def test_cancels_pass_while_the_venue_holds_everything_else() -> None:
    """H11: a quote is refused for its rate; the next cancel goes at once, no quote before time."""

    async def main(loop: VirtualLoop) -> None:
        limits = RateLimits((Bucket("weight", 10, 60.0),), {"": {"weight": 1}})
        scene = stage(VirtualClock(loop), limits=limits)
        await scene.link.open()
        scene.http.answers["/order"] = [refusal(429, retry_after="4"), ok("placed")]
        scene.http.answers["/cancel"] = [ok("canceled")]
        await outcome_of(asyncio.ensure_future(scene.link.run(act())))
        placing = asyncio.ensure_future(scene.link.run(act()))
        await asyncio.sleep(0)
        assert await scene.link.run(cancel()) == "canceled"
        assert loop.time() == 0
        assert await placing == "placed"
        assert loop.time() == pytest.approx(4.0, abs=0.01)
        await scene.link.close()

    run_virtual(main)


def test_an_address_that_is_shut_out_sends_no_cancel_either() -> None:
    """H11: what went on after a 429 is banned by a 418, for everything."""

    async def main(loop: VirtualLoop) -> None:
        scene = stage(VirtualClock(loop))
        await scene.link.open()
        scene.http.answers["/order"] = [refusal(418, "banned", retry_after="4")]
        scene.http.answers["/cancel"] = [ok("canceled")]
        await outcome_of(asyncio.ensure_future(scene.link.run(act())))
        assert await scene.link.run(cancel()) == "canceled"
        assert loop.time() == pytest.approx(4.0, abs=0.01)
        await scene.link.close()

    run_virtual(main)


def test_what_headers_say_of_others_use_slows_us() -> None:
    """H12."""

    def used(headers: Mapping[str, str]) -> Mapping[str, float]:
        return {"weight": float(headers["x-used"])}

    async def main(loop: VirtualLoop) -> None:
        bucket = Bucket("weight", 10, 20.0, reserve=0)
        limits = RateLimits((bucket,), {"": {}, "read": {"weight": 1}}, used)
        scene = stage(VirtualClock(loop), limits=limits)
        await scene.link.open()
        scene.http.answers["/read"] = [ok("here", x_used=str(8 + own)) for own in (1, 2, 3)]
        for _ in range(3):
            await scene.link.run(read(scope="read"))
        sent_s = [sent.at_ns / NS for sent in scene.http.sent if sent.path == "/read"]
        assert sent_s == [0.0, 0.0, pytest.approx(20.0, abs=0.1)]
        await scene.link.close()

    run_virtual(main)


def test_slow_reads_hold_up_no_cancel() -> None:
    """H15."""

    async def main(loop: VirtualLoop) -> None:
        clock = VirtualClock(loop)
        scene = stage(clock, http=ScriptedTransport(clock, latency_s=3.0))
        await scene.link.open()
        scene.http.default = {"/read": lambda sent: ok("late"), "/cancel": lambda sent: ok(1)}
        reads = [asyncio.ensure_future(scene.link.run(read())) for _ in range(50)]
        await asyncio.sleep(1.0)
        began = loop.time()
        await scene.link.run(cancel())
        assert loop.time() - began == 3.0
        assert [sent.urgent for sent in scene.http.sent[1:]] == [False] * 50 + [True]
        for task in reads:
            await task
        await scene.link.close()

    run_virtual(main)


def test_links_that_send_from_one_address_share_its_limits() -> None:
    async def main(loop: VirtualLoop) -> None:
        clock = VirtualClock(loop)
        bucket = Bucket("weight", 2, 10.0, reserve=0)
        limiter = RateLimiter(RateLimits((bucket,), {"read": {"weight": 1}}), clock)
        scenes = [stage(clock, limiter=limiter) for _ in range(2)]
        for scene in scenes:
            await scene.link.open()
            scene.http.answers["/read"] = [ok(1), ok(1)]
        for scene in (*scenes, *scenes):
            await scene.link.run(read(scope="read"))
        instants = [sent.at_ns // NS for scene in scenes for sent in scene.http.sent[1:]]
        assert instants == [0, 10, 0, 10]
        for scene in scenes:
            await scene.link.close()

    run_virtual(main)


def test_two_runs_from_one_seed_send_the_same_at_the_same_instants() -> None:
    def run() -> list[tuple[str, int]]:
        async def main(loop: VirtualLoop) -> list[tuple[str, int]]:
            scene = stage(VirtualClock(loop))
            await scene.link.open()
            scene.http.answers["/read"] = [*[refusal(500)] * 3, ok("here")]
            await scene.link.run(read())
            await scene.link.close()
            return [(sent.path, sent.at_ns) for sent in scene.http.sent]

        return run_virtual(main)

    assert run() == run()
