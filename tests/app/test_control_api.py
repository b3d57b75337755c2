"""A running bot is watched and told what to do: by who has the token, and each thing once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.control.guard import Guard, digest_of
from app.control.reloading import changed_keys, may_change
from app.control.run_view import unhedged_usd
from app.settings import SECTIONS
from exchange_clients.base_models import OrderStatus
from helpers.notices import NoticeKind
from helpers.risk_values import RiskState
from tests.support.arbitrage_run import ONE, TWO, VenueScript, run_arbitrage
from tests.support.control_stage import TOKEN, Told, Visitor, visited
from tests.support.grid_run import GridRun, Quote, dips, grid_settings, run_grid, seconds

D = Decimal
Script = Callable[[Visitor], Awaitable[None]]


def run(folder: Path, script: Script, market: list[Quote] | None = None, **keys: Any) -> GridRun:
    """Run a grid that enters at every dip, visited by a script that must not fail."""
    visitors: list[Visitor] = []
    done = run_grid(
        folder,
        market or dips(0, 60, 1999.9),
        prepare=visited(script, visitors),
        quantity="0.1",
        take_profit="5",
        max_orders="50",
        **keys,
    )
    assert visitors[0].error is None, visitors[0].error
    return done


def test_only_who_has_the_token_is_answered(tmp_path: Path) -> None:
    told: list[Told] = []

    async def script(visitor: Visitor) -> None:
        for authorization in ("", "Bearer", "Bearer wrong", TOKEN, f"Basic {TOKEN}"):
            for path in ("/api/v1/status", "/metrics", "/api/v1/nothing"):
                told.append(await visitor.ask("GET", path, authorization=authorization))
        assert (await visitor.ask("GET", "/health", authorization="")).value == {"ok": True}
        assert (await visitor.ask("GET", "/metrics", authorization=f"bearer {TOKEN}")).status == 200

    run(tmp_path, script)
    assert {each.status for each in told} == {401}
    assert len(told) == 15
    assert told[0].headers == {"WWW-Authenticate": "Bearer"}
    assert TOKEN not in repr(Guard(digest_of(TOKEN)))


def test_what_is_told_is_what_the_run_does(tmp_path: Path) -> None:
    told: dict[str, Any] = {}

    async def script(visitor: Visitor) -> None:
        await visitor.at(30)
        for path in ("status", "positions", "orders", "balances", "venues", "report", "flatten"):
            told[path] = await visitor.get(path)

    done = run(tmp_path, script, keys={"risk.read_seconds": 1})
    status = told["status"]
    assert (status["title"], status["entries"], status["paused_by"]) == (
        "grid BTC on paper",
        True,
        "",
    )
    assert status["risk"] == {"state": "active", "action": "none", "reason": "", "denials": {}}
    held = sum(D(each["ours"]) for each in told["positions"])
    assert held > 0
    read = D(told["positions"][0]["quantity"])
    assert 0 < read <= held, "the account was read a moment ago"
    assert {each["purpose"] for each in told["orders"]} <= {"entry", "close"}
    assert sum(D(o["remaining"]) for o in told["orders"] if o["purpose"] == "close") >= held
    assert told["balances"][0]["baseline"] == "10000"
    assert told["venues"][0]["connected"] is True
    assert told["flatten"] == []
    assert D(status["unhedged_usd"]) == D(told["positions"][0]["mark"]) * read
    assert done.fills


def test_a_pause_opens_nothing_lets_exits_go_on_and_survives_a_restart(tmp_path: Path) -> None:
    told: list[Any] = []

    async def script(visitor: Visitor) -> None:
        await visitor.at(10.2)
        told.append((await visitor.post("pause")).value)
        told.append((await visitor.post("pause")).value)
        assert (await visitor.get("status"))["entries"] is False

    rise: list[Quote] = [
        *dips(0, 30, 1999.9),
        (30, 2150.0, 2150.1),
        (40, 1999.9, 2000.0),
        (60, 1999.9, 2000.0),
    ]
    done = run(tmp_path, script, rise)
    assert [each["done"] for each in told] == [True, False]
    assert told[1]["text"] == "entries are paused already, by ann (127.0.0.1)"
    late = [each for each in done.entries if seconds(each.created_ns) > 10.2]
    assert late == []
    assert all(each.status.terminal for each in done.entries)
    assert done.position == 0, "the closes filled while entries were paused"
    assert done.outcome == "the market data ended"


def test_who_resumes_gets_entries_again_and_a_halted_pause_outlives_the_process(
    tmp_path: Path,
) -> None:
    async def pause(visitor: Visitor) -> None:
        await visitor.at(10)
        await visitor.post("pause")
        await visitor.at(20)
        visitor.session.ending.interrupted = True
        visitor.session.bot.finish("interrupted")

    async def resume(visitor: Visitor) -> None:
        assert (await visitor.get("status"))["paused_by"] == "ann (127.0.0.1)"
        await visitor.at(40)
        first = await visitor.post("resume")
        assert first.value["done"] is True
        assert (await visitor.post("resume")).value["done"] is False

    run(tmp_path, pause)
    done = run(tmp_path, resume)
    between = [each for each in done.entries if 10 < seconds(each.created_ns) < 40]
    after = [each for each in done.entries if seconds(each.created_ns) >= 40]
    assert between == []
    assert after


def test_closing_a_symbol_cancels_closes_and_pauses_until_resume(tmp_path: Path) -> None:
    told: list[Told] = []
    notices: list[NoticeKind] = []

    async def script(visitor: Visitor) -> None:
        await visitor.at(20)
        told.append(await visitor.post("close", symbol="btc"))
        told.append(await visitor.post("close", symbol="BTC"))
        told.append(await visitor.post("close", symbol="ETH"))
        await visitor.at(40)
        await visitor.post("resume")
        notices.extend(each.kind for each in visitor.notices)

    done = run(tmp_path, script)
    closed, again, other = told
    assert closed.value["text"] == "BTC is closed; entries stay paused until resume"
    assert [each["flat"] for each in closed.value["venues"]] == [True]
    assert again.value["done"] is False
    assert (other.status, other.value["error"]) == (
        409,
        "ETH is not traded by this run; it trades BTC",
    )
    (market,) = [each for each in done.closes if each.price is None]
    assert market.status is OrderStatus.FILLED
    before = sum(each.filled_size for each in done.entries if seconds(each.created_ns) < 20)
    assert market.filled_size == before
    entered = [seconds(each.created_ns) for each in done.entries]
    assert not [at_s for at_s in entered if 20 < at_s < 40]
    assert [at_s for at_s in entered if at_s >= 40], "the strategy heard of it, and begins anew"
    assert set(notices) == {NoticeKind.OPERATOR}
    assert [note.text for note in done.session.recorder.notes if "close BTC" in note.text] == [
        "ann (127.0.0.1): close BTC: cancelled and closed on every venue"
    ] * 2


def test_flatten_ends_the_run_flat_and_halted_and_is_followed(tmp_path: Path) -> None:
    told: list[Any] = []

    async def script(visitor: Visitor) -> None:
        await visitor.at(20)
        told.append((await visitor.post("flatten")).value["done"])
        told.append((await visitor.post("flatten")).value["done"])
        while True:  # the end of the run cuts it off
            await visitor.session.clock.sleep(0.1)
            told.extend(await visitor.get("flatten"))

    done = run(tmp_path, script)
    assert told[:2] == [True, False]
    assert told[-1]["venue"] == "paper"
    assert told[-1]["left"] == "nothing"
    assert done.position == 0
    assert done.session.risk.gate.state is RiskState.HALTED
    assert done.outcome == "risk: flatten by ann (127.0.0.1); flat, --fresh starts anew"


def test_both_legs_of_a_pair_are_closed_by_their_symbol(tmp_path: Path) -> None:
    told: list[Told] = []

    async def script(visitor: Visitor) -> None:
        await visitor.session.clock.sleep(60)
        told.append(await visitor.post("close", symbol="ETH"))

    low, high = (VenueScript({"ETH": [(0, rate)]}) for rate in ("-0.0000625", "0.0000625"))
    done = run_arbitrage(tmp_path, low, high, seconds=240, prepare=visited(script))
    assert told[0].value["done"] is True
    assert [done.held(venue) for venue in (ONE, TWO)] == [D(0), D(0)]
    assert [each.status.value for each in done.pairs] == ["closed"]


def test_what_cannot_be_understood_is_told_with_what_can(tmp_path: Path) -> None:
    told: dict[str, Told] = {}

    async def script(visitor: Visitor) -> None:
        told["near"] = await visitor.ask("GET", "/api/v1/postions")
        told["method"] = await visitor.ask("GET", "/api/v1/pause")
        told["field"] = await visitor.post("close", symbl="BTC")
        told["json"] = await visitor.ask("POST", "/api/v1/pause", b"{")
        told["more"] = await visitor.post("pause", force=True)
        told["root"] = await visitor.ask("GET", "/")

    run(tmp_path, script)
    assert (told["near"].status, told["near"].value["error"]) == (
        404,
        "there is no /api/v1/postions; did you mean positions?",
    )
    assert (told["method"].status, told["method"].headers["Allow"]) == (405, "POST")
    assert {told[each].status for each in ("field", "json", "more")} == {422}
    assert "symbl" in told["field"].value["error"]
    assert told["root"].status == 404


def test_reload_takes_over_limits_and_refuses_everything_else(tmp_path: Path) -> None:
    def other(**keys: object) -> Callable[[], object]:
        return lambda: grid_settings(
            tmp_path,
            "immediate",
            0,
            {"quantity": "0.1", "take_profit": "5", "max_orders": "50"},
            dict(keys),
        )

    told: list[Told] = []
    limit: list[object] = []

    async def script(visitor: Visitor) -> None:
        session = visitor.session
        told.append(await visitor.post("reload"))
        for keys in (
            {},
            {"risk.max_order_notional_usd": "1"},
            {"risk.max_order_notional_usd": "2", "paper.leverage": "3", "run.seed": "9"},
        ):
            rebuild = other(**keys)
            session.settings = session.settings.model_copy(update={"rebuild": rebuild})
            told.append(await visitor.post("reload"))
            limit.append(session.settings.risk.max_order_notional_usd)
        await visitor.at(20)
        told.append(await visitor.ask("GET", "/api/v1/status"))

    done = run(tmp_path, script)
    none, nothing, taken, refused, status = told
    assert (none.status, nothing.value["done"]) == (409, False)
    assert taken.value["text"] == "taken over: risk.max_order_notional_usd = 1"
    assert refused.status == 409
    assert refused.value["error"].startswith(
        "run.seed, paper.leverage cannot change while the bot runs: end it and start it again"
    )
    assert limit == [None, D(1), D(1)]
    assert status.value["risk"]["denials"]["order_notional"] > 0
    assert len(done.fills) <= 1


def test_every_key_is_either_reloadable_or_refused_by_name(tmp_path: Path) -> None:
    keys = [
        f"{section}.{name}" for section, model in SECTIONS.items() for name in model.model_fields
    ]
    reloadable = [key for key in keys if may_change(key)]
    assert "risk.emergency_loss_percent" in reloadable
    assert {key.partition(".")[0] for key in reloadable} == {"risk", "logging"}
    assert "risk.read_seconds" not in reloadable
    one = grid_settings(tmp_path, "immediate", 0, {"quantity": "0.1", "take_profit": "5"})
    two = grid_settings(tmp_path, "immediate", 0, {"quantity": "0.2", "take_profit": "5"})
    assert changed_keys(one, two) == ["strategy.quantity"]


def test_what_is_not_hedged_is_counted_in_tokens_at_any_known_price() -> None:
    pair = [("PEPE", D(84_000), D("0.01")), ("PEPE", D(-83_000), None)]
    assert unhedged_usd(pair) == 10
    assert unhedged_usd([*pair, ("BTC", D(1), None), ("BTC", D(-1), None)]) == 10
    assert unhedged_usd([*pair, ("BTC", D(-1), None)]) is None, "unknown is not zero"
    assert unhedged_usd([]) == 0


@pytest.mark.parametrize("command", ["close", "flatten"])
def test_a_dry_run_has_nothing_to_close(tmp_path: Path, command: str) -> None:
    told: list[Told] = []

    async def script(visitor: Visitor) -> None:
        body = {"symbol": "BTC"} if command == "close" else {}
        told.append(await visitor.post(command, **body))

    run(tmp_path, script, keys={"run.dry_run": "true"})
    assert (told[0].status, told[0].value["error"]) == (409, "a dry run has nothing to close")
