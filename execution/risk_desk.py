"""Does what the risk check asks for: reads the accounts by a timer, and closes what must be closed.

Everything of ours, and only that, is closed reduce-only after our orders there were cancelled. An
emergency, and a person who asks for the same, goes on until every venue says flat, however long one
of them is away; then the run is stopped. Meanwhile the strategy sends nothing. The state outlives
the process: a halted run sends no entry after a restart either, until a person starts anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial

import msgspec
from msgspec.structs import replace

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import ZERO, ContractId
from exchange_clients.errors import ExchangeError
from exchange_clients.journal import JournalError
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope
from execution.bot_state import FillStore, StateStore
from execution.close_out import closing_order, ours_of, owned_quantities
from execution.desk_port import DeskPort, Hands
from execution.flatten import FlatReport, VenueFlatness, flatten
from execution.pause import Pause
from execution.ports import LegsPort
from execution.symbol_port import SymbolPort
from helpers.portfolio_risk import PortfolioRisk
from helpers.risk_manager import RiskManager, RiskMemory
from helpers.risk_rules import worst_positions
from helpers.risk_values import (
    HeldPosition,
    RiskAction,
    RiskLimits,
    RiskState,
    RiskVerdict,
)

logger = logging.getLogger(__name__)

STATE_KEY = "risk"
READ_TIMEOUT_S = 10.0
"""A venue that tells no value in this time is not known."""
STOP_LEGS_S = 10.0
"""How long an emergency waits for executions over several venues to come to their end."""
CANCELS_S = 5.0
"""How long a closing waits for cancellations: what rests may forbid a reduce-only order."""


class SavedRisk(msgspec.Struct, frozen=True):
    """What a restart must know."""

    accounts: Mapping[str, RiskMemory]
    peak: Decimal
    state: RiskState


class RiskDesk:
    """The timers and the deeds of a run's risk check.

    Args:
        clients: By the venues' names; connected by their owner.
        limits: What is allowed.
        clock: Time and waiting.
        store: Durable memory of the run, with our fills.
        every_s: From one reading of the accounts to the next.
    """

    def __init__(
        self,
        clients: Mapping[str, BaseExchangeClient],
        limits: RiskLimits,
        clock: Clock,
        store: FillStore,
        every_s: float,
    ) -> None:
        kept = _load(store)
        valued = {name: each for name, each in clients.items() if each.supports_risk_management()}
        managers = [
            RiskManager(client, limits, clock, kept.accounts.get(name), name)
            for name, client in valued.items()
        ]
        self.gate = PortfolioRisk(managers, limits, clock, kept.peak, kept.state)
        self._clients = clients
        self.pause = Pause(store, clock)
        """A person's wish that nothing new is opened."""
        self._limits = limits
        self._clock = clock
        self._store = store
        self._every_s = every_s
        self._kept = kept
        self._said = RiskAction.NONE
        self._hands: Hands | None = None
        self._legs: LegsPort | None = None
        self._tasks = TaskScope()
        self._flattening: asyncio.Task[FlatReport] | None = None
        self.flatness: dict[str, VenueFlatness] = {}
        """How far each venue is on the way to flat; empty while nothing is flattened."""
        self.on_flatten: Callable[[], None] = lambda: None
        """Called before anything is closed, once."""
        self.on_verdict: Callable[[RiskVerdict], None] = lambda verdict: None
        """Hears what is asked for whenever that changes; never waits."""

    @property
    def flattening(self) -> bool:
        """Whether everything is being closed, or was."""
        return self._flattening is not None

    @property
    def halted(self) -> bool:
        """Whether only a person may let entries through again."""
        return self.gate.state is RiskState.HALTED

    def attach(self, hands: Hands, legs: LegsPort) -> None:
        """Act by these from ``initialize`` on; without them nothing is closed, as in a dry run."""
        self._hands, self._legs = hands, legs

    async def initialize(self) -> None:
        """Take the baselines, then watch.

        An account that cannot be read keeps entries away until it can.
        """
        if self.gate.managers:
            await self._read_all()
            self._tasks.start(self._watch(), "risk")

    def check(self, now_ns: int) -> RiskVerdict:
        """Say whether entries are allowed at this instant."""
        verdict = self.gate.check(now_ns)
        if self.pause.by and verdict.entries_allowed:
            return RiskVerdict(RiskAction.PAUSE_TRADING, f"paused by {self.pause.by}")
        return verdict

    def adopt(self, limits: RiskLimits) -> None:
        """Go by other limits from now on."""
        self._limits = limits
        self.gate.adopt(limits)

    async def flatten(self, reason: str) -> FlatReport:
        """Close everything of ours, then end the run, which stays halted; tell what came of it.

        Asked again meanwhile it is the same closing; ``flatness`` tells how far it is. In a dry run
        there is nothing of ours. A cancelled caller ends nothing.
        """
        if self._hands is None or self._legs is None:
            return FlatReport()
        if self._flattening is None:
            logger.error("event=flatten reason=%s next=close_everything_and_stop", reason)
            self.gate.state = RiskState.HALTED
            self.on_flatten()
            self._keep()
            going = self._halt(self._hands, self._legs, reason)
            self._flattening = self._tasks.start(going, "flatten")
        return await asyncio.shield(self._flattening)

    async def flatten_symbol(self, symbol: str, reason: str, within_s: float) -> FlatReport:
        """Close what is ours of a symbol on every venue; tell what is left after ``within_s``.

        Entries are paused by whoever asks, or the strategy would open the same again.
        """
        if self._hands is None:
            return FlatReport()
        logger.warning("event=flatten_symbol symbol=%s reason=%s", symbol, reason)
        ports = [
            SymbolPort(port, partial(_is_of, port.client, symbol))
            for port in self._ports(self._hands, reason)
        ]
        return await flatten(ports, self._clock, within_s=within_s)

    async def close(self) -> None:
        """Read and do nothing more."""
        await self._tasks.close()

    # Watching -------------------------------------------------------------------------------------

    async def _watch(self) -> None:
        while True:
            verdict = self.gate.take_readings()
            self._keep()
            self._say(verdict)
            if self._hands is not None and self._legs is not None:
                if self.halted:
                    await self.flatten(verdict.reason or "halted")
                    return
                if verdict.action is RiskAction.CLOSE_WORST_POSITIONS:
                    await self._close_worst(self._hands, verdict.reason)
            await self._clock.sleep(self._every_s)
            await self._read_all()

    async def _read_all(self) -> bool:
        """Read every account; say whether all of them answered."""
        scope = TaskScope()
        try:
            asked = [
                scope.start(self._read(manager), f"value {manager.name}")
                for manager in self.gate.managers
            ]
            return all([await answer for answer in asked])
        finally:
            await scope.close()

    async def _read(self, manager: RiskManager) -> bool:
        try:
            async with self._clock.deadline(READ_TIMEOUT_S):
                await manager.refresh()
        except (ExchangeError, OSError) as error:  # a time-out is an OSError
            logger.warning(
                "event=value_not_read venue=%s error=%r next=read_again", manager.name, error
            )
            return False
        return True

    def _say(self, verdict: RiskVerdict) -> None:
        """Log a verdict when it changes; what closes positions needs a person."""
        if verdict.action is self._said:
            return
        self._said = verdict.action
        self.on_verdict(verdict)
        closes = verdict.action in (
            RiskAction.CLOSE_WORST_POSITIONS,
            RiskAction.EMERGENCY_CLOSE_ALL,
        )
        logger.log(
            logging.ERROR if closes else logging.WARNING,
            "event=risk_action action=%s state=%s reason=%s",
            verdict.action.value, self.gate.state.value, verdict.reason or "within limits",
        )  # fmt: skip

    def _keep(self) -> None:
        accounts = {
            each.name: each.memory for each in self.gate.managers if each.memory is not None
        }
        kept = SavedRisk(accounts, self.gate.peak, self.gate.state)
        if kept == self._kept:
            return
        text = msgspec.json.encode(kept).decode()
        try:
            self._store.save_state(STATE_KEY, text, self._clock.now_ns())
        except JournalError as error:
            # Watching goes on: what is asked for now counts, whatever a restart would know of it.
            logger.warning("event=risk_not_kept error=%s next=keep_again", error)
        else:
            self._kept = kept

    # Closing --------------------------------------------------------------------------------------

    async def _close_worst(self, hands: Hands, reason: str) -> None:
        worst = worst_positions(self._ours(), self._limits.worst_share)
        await self._close_positions(hands, worst, f"risk: {reason}")
        self.gate.forget_failures()

    async def _halt(self, hands: Hands, legs: LegsPort, reason: str) -> FlatReport:
        """Close everything of ours, however long it takes, then end the run."""
        try:
            async with self._clock.deadline(STOP_LEGS_S):
                await legs.stop()
        except TimeoutError:
            logger.error("event=legs_not_stopped next=closed_as_they_are")  # noqa: TRY400
        ports = self._ports(hands, reason)
        report = await flatten(ports, self._clock, heard=self._on_flatness)
        logger.error("event=flat next=stop reason=%s", reason)
        hands.request_stop(f"risk: {reason}; flat, --fresh starts anew")
        return report

    def _ports(self, hands: Hands, reason: str) -> list[DeskPort]:
        return [
            DeskPort(name, client, hands, self._store, self._clock, reason)
            for name, client in self._clients.items()
        ]

    def _on_flatness(self, told: VenueFlatness) -> None:
        self.flatness[told.venue] = told

    async def _close_positions(
        self, hands: Hands, positions: Sequence[HeldPosition], reason: str
    ) -> None:
        markets = [(each.venue, each.contract_id) for each in positions]
        resting = [
            order.key
            for order in hands.desk.keys.live()
            if (order.venue, order.contract_id) in markets
        ]
        if resting:
            hands.carry_out((), resting, reason)
            await self._clock.sleep(0.0)
            await hands.desk.settle(CANCELS_S)
        hands.carry_out([closing_order(each) for each in positions], (), reason)

    def _ours(self) -> tuple[HeldPosition, ...]:
        """Return our part of the positions that were read last."""
        found: list[HeldPosition] = []
        for each in self.gate.managers:
            if each.facts is not None and each.facts.positions:
                owned = owned_quantities(self._store.fills(each.name))
                found += ours_of(each.facts.positions, owned)
        return tuple(found)


def _is_of(client: BaseExchangeClient, symbol: str, contract_id: ContractId) -> bool:
    return client.market(contract_id).symbol == symbol


def keep_halted(store: StateStore, now_ns: int) -> None:
    """Let the run that a store is of stay halted when it is taken up, until a person starts anew.

    Raises:
        JournalError: it cannot be kept.
    """
    kept = replace(_load(store), state=RiskState.HALTED)
    store.save_state(STATE_KEY, msgspec.json.encode(kept).decode(), now_ns)


def _load(store: StateStore) -> SavedRisk:
    kept = store.load_state(STATE_KEY)
    if kept is None:
        return SavedRisk({}, ZERO, RiskState.ACTIVE)
    return msgspec.json.decode(kept, type=SavedRisk)
