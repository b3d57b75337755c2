"""People are told of both strategies' runs: what was opened, what it made, what went wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path

from app.notices.run_notices import RunNotices
from app.session import Session
from exchange_clients.base_models import NS, LiquidationEvent, Side
from exchange_clients.errors import OutcomeUnknown
from exchange_clients.events import Signal, StreamSignal
from execution.legs.plan import MARGIN, Refusal
from execution.legs_desk import LegsDesk
from helpers.event_notifier import EventNotifier
from helpers.notices import Digest, Notice, NoticeKind
from tests.support.arbitrage_run import ONE, TWO, VenueScript, run_arbitrage
from tests.support.arbitrage_run import at as at_second
from tests.support.bot_process import run_bot
from tests.support.grid_run import Quote, at, run_grid
from tests.support.paper_session import paper_of
from tests.support.telegram_api import TOKEN, TelegramApi, served

D = Decimal


class Told:
    """A channel that keeps what it is told."""

    name = "told"

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    async def send(self, digest: Digest) -> None:
        self.notices += digest.notices

    async def close(self) -> None:
        """Hold nothing."""

    def of(self, kind: NoticeKind) -> list[Notice]:
        return [each for each in self.notices if each.kind is kind]

    def texts(self, kind: NoticeKind) -> list[str]:
        return [each.text for each in self.of(kind)]

    def listen(
        self, then: Callable[[Session], None] = lambda session: None
    ) -> Callable[[Session], None]:
        """Return a preparation that tells this channel of a run."""

        def prepare(session: Session) -> None:
            notifier = EventNotifier([self], session.clock, session.title)
            session.companions.append(RunNotices(session, notifier))
            then(session)

        return prepare


def one_cycle() -> list[Quote]:
    """Return a market in which one entry fills, and later its close."""
    return [
        (0, 1999.9, 2000.0),
        (5, 1999.0, 1999.1),
        (6, 1999.9, 2000.0),
        (60, 2005.0, 2005.1),
        (120, 2005.0, 2005.1),
    ]


def test_a_grid_tells_start_opening_closing_with_its_profit_and_the_end(tmp_path: Path) -> None:
    told = Told()
    run_grid(
        tmp_path, one_cycle(), prepare=told.listen(), quantity="1", take_profit="0.1", wait_time=900
    )
    assert [str(each) for each in told.notices] == [
        "run started: equity 10,000.00 USD",
        "position opened BTC on paper: long 1 at 1999.8, 1,999.80 USD",
        "position closed BTC on paper: long 1, made 2.00 USD after fees",
        "run ended: the market data ended; made +2.00 USD after fees; holds nothing",
    ]


def test_arbitrage_tells_both_legs_and_of_a_leg_that_is_not_known(tmp_path: Path) -> None:
    async def no_answer(*_: object) -> object:
        raise OutcomeUnknown("the venue does not answer")

    def silence(session: Session) -> None:
        client = session.clients[TWO]
        client.get_detailed_positions = no_answer  # type: ignore[method-assign,assignment]  # a fault

    told = Told()
    low, high = (VenueScript({"ETH": [(0, rate)]}) for rate in ("-0.0000625", "0.0000625"))
    run_arbitrage(tmp_path, low, high, seconds=300, prepare=told.listen(at_second(60, silence)))
    opened = told.of(NoticeKind.POSITION_OPENED)
    assert {each.subject: each.text.split(" at ")[0] for each in opened} == {
        f"ETH on {ONE}": "long 0.15",
        f"ETH on {TWO}": "short 0.15",
    }
    (unknown,) = told.of(NoticeKind.LEG_UNVERIFIED)
    assert unknown.subject == "pair 1 ETH"
    assert unknown.text == f"unverified: no fresh position of {TWO}"
    (ended,) = told.texts(NoticeKind.RUN_ENDED)
    held = ended.partition("holds ")[2].split(", ")
    assert sorted(held) == [f"-0.15 ETH on {TWO}", f"0.15 ETH on {ONE}"]


def test_want_of_margin_and_what_risk_does_are_told_once_each(tmp_path: Path) -> None:
    fall: list[Quote] = [
        (0, 9_999.9, 10_000.0),
        (5, 9_998.9, 9_999.0),
        (6, 9_999.9, 10_000.0),
        (400, 8_400.0, 8_400.1),
        (500, 8_400.0, 8_400.1),
    ]
    told = Told()
    run_grid(
        tmp_path,
        fall,
        keys={"paper.leverage": 1},
        prepare=told.listen(),
        quantity="1",
        take_profit="50",
        max_orders="20",
    )
    (margin,) = told.of(NoticeKind.INSUFFICIENT_MARGIN)
    assert str(margin) == "(!) insufficient margin paper: entry buy 1 BTC-PERP was refused"
    acted = [str(each) for each in told.of(NoticeKind.RISK_ACTION)]
    assert len(acted) == 1
    assert acted[0].startswith("(!!) risk action: emergency_close_all (halted): 1")
    assert "made -1," in told.texts(NoticeKind.POSITION_CLOSED)[0]


def test_a_pair_that_the_margin_does_not_carry_is_told(tmp_path: Path) -> None:
    def refuse(session: Session) -> None:
        assert isinstance(session.legs, LegsDesk)
        session.legs.on_refusal(Refusal(TWO, MARGIN, "1", "at least 105"))
        session.legs.on_refusal(Refusal(ONE, "leverage", "2", "3"))

    told = Told()
    low, high = (VenueScript({"ETH": [(0, rate)]}) for rate in ("-0.0000625", "0.0000625"))
    run_arbitrage(tmp_path, low, high, seconds=40, prepare=told.listen(at_second(20, refuse)))
    (margin,) = told.of(NoticeKind.INSUFFICIENT_MARGIN)
    assert margin.subject == TWO
    assert margin.text == f"{TWO}: available margin is 1, must be at least 105"


def test_a_position_near_its_liquidation_is_told_and_when_it_is_safe_again(tmp_path: Path) -> None:
    def move(price: float, at_s: float) -> Quote:
        return (at_s, price, price + 0.1)

    told = Told()
    run_grid(
        tmp_path,
        [move(9999.9, 0), move(9998.9, 5), move(9999.9, 6), move(9390, 60), move(9999, 120),
         move(9999, 200)],
        keys={"paper.leverage": 10, "paper.starting_balance": 1010, "risk.read_seconds": 5,
              "risk.emergency_loss_percent": 90, "risk.reduce_loss_percent": 89},
        prepare=told.listen(),
        quantity="1",
        take_profit="50",
        wait_time=9000,
    )  # fmt: skip
    near, over = told.of(NoticeKind.LIQUIDATION_RISK)
    assert re.match(r"\(!!\) liquidation risk BTC on paper: BTC on paper is \d", str(near))
    assert str(over).startswith("liquidation risk over BTC on paper")


def test_a_liquidation_of_ours_is_told_once_and_one_of_another_is_not(tmp_path: Path) -> None:
    def liquidate(session: Session) -> None:
        client = session.clients["paper"]
        market = session.market
        for ours, size in ((False, "7"), (True, "0.4"), (True, "0.6")):
            client.emit_liquidation_event(
                LiquidationEvent(
                    market.contract_id, market.symbol, Side.SELL, D(size), D(1_900),
                    session.clock.now_ns(), ours,
                )
            )  # fmt: skip

    told = Told()
    run_grid(
        tmp_path,
        one_cycle(),
        prepare=told.listen(lambda session: at(session, 30, partial(liquidate, session))),
        quantity="1",
        take_profit="1",
    )
    (notice,) = told.of(NoticeKind.LIQUIDATED)
    assert str(notice) == "(!!) liquidated BTC on paper: the venue closes the long: 0.4 at 1900"


def test_a_venue_that_stays_away_is_told_and_one_that_blinks_is_not(tmp_path: Path) -> None:
    def signals(session: Session) -> None:
        def tell(signal: Signal) -> Callable[[], None]:
            exchange = paper_of(session).exchange

            def do() -> None:
                told = StreamSignal(signal, None, exchange.now_ns, "no pong")
                for listener in exchange._signal_listeners:
                    listener(told)

            return do

        for second, signal in ((10, Signal.STALE), (20, Signal.READY), (40, Signal.DISCONNECTED)):
            at(session, second, tell(signal))
        at(session, 90, tell(Signal.CONNECTED))

    told = Told()
    run_grid(
        tmp_path,
        [(0, 1999.9, 2000.0), (120, 1999.9, 2000.0)],
        prepare=told.listen(signals),
        quantity="1",
        take_profit="0.1",
    )
    away, back = told.of(NoticeKind.VENUE_DEGRADED)
    assert str(away) == "(!) venue degraded paper: disconnected: no pong"
    assert back.over
    assert (back.at_ns - away.at_ns) // NS == 20


def test_once_a_day_the_day_is_summed_up(tmp_path: Path) -> None:
    told = Told()
    script = [*one_cycle()[:-1], (6_500.0, 2005.0, 2005.1)]
    run_grid(
        tmp_path, script, prepare=told.listen(), quantity="1", take_profit="0.1", wait_time=900_000
    )
    (summary,) = told.texts(NoticeKind.DAILY_SUMMARY)
    assert summary == (
        "made +2.00 USD (fees 0.0000, funding 0.0000), 2 fills of 4,001.60 USD; "
        "equity 10,002.00 USD; holds nothing"
    )


def test_a_bot_as_users_run_it_writes_to_telegram_and_never_shows_the_token(tmp_path: Path) -> None:
    api = TelegramApi([500])
    with served(api) as url:
        (tmp_path / ".env").write_text(f"PERP__NOTIFICATIONS__TELEGRAM_TOKEN={TOKEN}\n")
        (tmp_path / "bot.yml").write_text(
            "run: {exchange: paper, ticker: BTC, duration: 2s, panel: false}\n"
            "strategy: {name: grid, quantity: 0.01, take_profit: 0.05, direction: buy}\n"
            f"notifications: {{channels: [telegram, log], telegram_chats: [42], "
            f"telegram_url: '{url}'}}\n"
        )
        done = run_bot(tmp_path, "--config", "bot.yml", "--log-level", "DEBUG")
    assert done.returncode == 0, done.stderr
    lines = [line for chat, text in api.messages for line in text.splitlines() if chat == 42]
    assert lines.count("grid BTC on paper") == len(api.messages)
    assert lines[1].startswith("run started: equity")
    assert lines[-1].startswith("run ended: the duration is over")
    assert "event=notice kind=run_started" in done.stderr
    assert TOKEN not in done.stdout + done.stderr


def test_a_strategy_that_keeps_failing_is_told_once(tmp_path: Path) -> None:
    def failing(session: Session) -> None:
        async def fall(*_: object) -> bool:
            raise ValueError("a defect")

        for name in ("should_execute", "on_quote"):
            setattr(session.strategy, name, fall)

    told = Told()
    run_grid(tmp_path, one_cycle(), prepare=told.listen(failing), quantity="1", take_profit="0.1")
    (stopped,) = told.of(NoticeKind.RISK_ACTION)
    assert str(stopped) == (
        "(!!) risk action entries: none is sent in this run any more: 5 strategy errors in a row"
    )
