"""Tells people of one run: listens to the bot, looks at conditions once a second.

Nothing here waits on a trade's way: every notice is put before the channels and goes out by itself.
"""

from __future__ import annotations

from functools import partial

from app.notices.channels import channels_of
from app.notices.conditions import (
    Conditions,
    asked_by_risk,
    degraded,
    liquidations,
    unverified,
)
from app.notices.daily import DailySummary, Standing
from app.notices.positions import PositionNews
from app.session import Session
from exchange_clients.base_models import (
    Fill,
    LiquidationEvent,
    OrderInfo,
    OrderStatus,
    Purpose,
    Reason,
    Side,
)
from exchange_clients.events import Signal, StreamSignal
from exchange_clients.shared.tasks import TaskScope
from execution.legs.plan import Refusal
from execution.legs_desk import LegsDesk
from helpers.event_notifier import EventNotifier
from helpers.notices import Notice, NoticeKind
from helpers.risk_values import RiskVerdict
from helpers.unified_logger import register_secret
from reporting.numbers import money, plain

LOOK_S = 1.0
UNVERIFIED_S = 45.0
"""How long a position may be unknown: three surveys, so that one slow answer wakes nobody."""
AWAY = (Signal.DISCONNECTED, Signal.STALE)
BACK = (Signal.CONNECTED, Signal.READY)


class RunNotices:
    """The companion of a run that tells people of it."""

    def __init__(self, session: Session, notifier: EventNotifier) -> None:
        settings = session.settings.notifications
        self.notifier = notifier
        self._session = session
        self._clock = session.clock
        self._positions = PositionNews(
            lambda venue, contract_id: session.clients[venue].market(contract_id)
        )
        self._conditions = Conditions(
            {
                NoticeKind.LEG_UNVERIFIED: UNVERIFIED_S,
                NoticeKind.VENUE_DEGRADED: settings.venue_degraded_seconds,
            }
        )
        self._away: dict[str, str] = {}
        self._verdict = RiskVerdict()
        self._daily = DailySummary(settings.summary_hour, self._clock.now_ns(), Standing())
        self._tasks = TaskScope()

    # Life -----------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Let notices go out, and listen to venues and the risk check."""
        self.notifier.open()
        self._session.risk.on_verdict = self._on_verdict
        if isinstance(self._session.legs, LegsDesk):
            self._session.legs.on_refusal = self._on_refusal
        for name, client in self._session.clients.items():
            client.stream.add_signal_listener(partial(self._on_signal, name))
            client.add_liquidation_listener(partial(self._on_liquidation, name))

    def on_start(self) -> None:
        """Tell that the run goes on, then look at it."""
        for name in self._session.clients:
            for fill in self._session.fills(name):
                self._positions.remember(name, fill)
        session, now_ns = self._session, self._clock.now_ns()
        standing = Standing.of(session.recorder)
        self._daily = DailySummary(session.settings.notifications.summary_hour, now_ns, standing)
        text = f"equity {money(session.recorder.equity)} USD"
        self._tell(NoticeKind.RUN_STARTED, "", text)
        self._tasks.start(self._watch(), "notices")

    async def close(self) -> None:
        """Tell how it ended, and let the last notices out."""
        await self._tasks.close()
        session = self._session
        for notice in self._positions.due(self._clock.now_ns(), everything=True):
            self.notifier.tell(notice)
        made = money(session.recorder.ledger.net, sign=True)
        held = self._held()
        self._tell(
            NoticeKind.RUN_ENDED,
            "",
            f"{session.ending.reason or session.bot.outcome or 'ended early'}; made {made} USD "
            f"after fees; holds {held or 'nothing'}",
        )
        await self.notifier.close()

    # What is heard --------------------------------------------------------------------------------

    def on_order(self, venue: str, purpose: Purpose, info: OrderInfo) -> None:
        """Tell of an order that was refused for want of margin."""
        if info.status is OrderStatus.REJECTED and info.reason is Reason.INSUFFICIENT_MARGIN:
            order = f"{purpose.value} {info.side.value} {plain(info.size)} {info.contract_id}"
            self._tell(NoticeKind.INSUFFICIENT_MARGIN, venue, f"{order} was refused")

    def on_fill(self, venue: str, fill: Fill) -> None:
        """Follow the position; it is told of when its market is quiet."""
        self._positions.on_fill(venue, fill, self._clock.now_ns())

    def _on_refusal(self, refusal: Refusal) -> None:
        """Tell of an execution over several venues that the free margin does not carry."""
        if refusal.about_margin:
            self._tell(NoticeKind.INSUFFICIENT_MARGIN, refusal.venue, str(refusal))

    def _on_liquidation(self, venue: str, event: LiquidationEvent) -> None:
        if event.ours:
            held = "long" if event.side is Side.SELL else "short"
            text = f"the venue closes the {held}: {plain(event.size)} at {plain(event.price)}"
            self._tell(NoticeKind.LIQUIDATED, f"{event.symbol} on {venue}", text)

    def _on_signal(self, venue: str, signal: StreamSignal) -> None:
        if signal.signal in AWAY:
            self._away[venue] = f"{signal.signal.value}: {signal.detail}".rstrip(": ")
        elif signal.signal in BACK:
            self._away.pop(venue, None)

    def _on_verdict(self, verdict: RiskVerdict) -> None:
        """Take a change of what the risk check asks for; it may be over before the next look."""
        self._verdict = verdict
        self._look()

    # What is looked at ----------------------------------------------------------------------------

    async def _watch(self) -> None:
        while True:
            await self._clock.sleep(LOOK_S)
            self._look()
            now_ns = self._clock.now_ns()
            for notice in self._positions.due(now_ns):
                self.notifier.tell(notice)
            if self._daily.due(now_ns):
                standing = Standing.of(self._session.recorder)
                self.notifier.tell(self._daily.tell(now_ns, standing, self._held()))

    def _look(self) -> None:
        session = self._session
        gate, limits = session.risk.gate, session.settings.risk.limits
        positions = [
            each
            for manager in gate.managers
            if manager.facts is not None
            for each in manager.facts.positions
        ]
        look = {
            **asked_by_risk(self._verdict, gate.state.value, session.bot.gate.reason),
            **liquidations(positions, limits.liquidation_distance),
            **unverified(session.strategy.unverified()),
            **degraded(self._away),
        }
        for notice in self._conditions.news(look, self._clock.now_ns()):
            self.notifier.tell(notice)

    def _held(self) -> str:
        return self._positions.held()

    def _tell(self, kind: NoticeKind, subject: str, text: str) -> None:
        self.notifier.tell(Notice(kind, subject, text, self._clock.now_ns()))


def run_notices(session: Session) -> RunNotices:
    """Return the notices of a run, by the channels that its configuration names."""
    settings = session.settings.notifications
    for secret in settings.secrets:
        register_secret(secret)
    notifier = EventNotifier(
        channels_of(settings),
        session.clock,
        session.title,
        kinds=settings.kinds,
        repeat_s=settings.repeat_minutes * 60,
    )
    return RunNotices(session, notifier)
