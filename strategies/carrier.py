"""Carries out what a strategy asked for: names and state are saved before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from exchange_clients.base_models import ContractId, Purpose
from execution.bot_memory import BotMemory
from execution.bot_ports import Ports
from execution.key_book import KeyedOrder
from execution.legs_order import LegsFinished, LegsOrder, LegsOutcome
from execution.order_desk import OrderDesk, denial
from execution.order_params import OrderParams
from strategies.base_strategy import OrderOutcome, StrategyAction, StrategyResult

DENIAL_PAUSE_S = 1.0
"""When a held-back entry is told to its strategy; at once, a stubborn one would spin."""


class ResultCarrier:
    """The way from a result to orders and executions.

    Args:
        desk: Takes single orders.
        memory: Saves names and state.
        ports: Executions over several venues, and the time.
        contracts: What is traded, by venue, the primary one first.
        held_back: Says why an order of a purpose is not sent now; empty where it may be.
        post: Takes denials into the bot's queue.
    """

    def __init__(
        self,
        desk: OrderDesk,
        memory: BotMemory,
        ports: Ports,
        contracts: Mapping[str, ContractId],
        held_back: Callable[[Purpose], str],
        post: Callable[[object], None],
    ) -> None:
        self._desk = desk
        self._memory = memory
        self._legs = ports.legs
        self._clock = ports.clock
        self._contracts = contracts
        self._held_back = held_back
        self._post = post

    def carry_out(self, result: StrategyResult) -> None:
        """Save, cancel, then send; what is held back is told as refused after a pause."""
        orders = result.orders
        if result.action is StrategyAction.CLOSE_POSITION and not orders:
            orders = self._desk.flattening()
        accepted = [self._accept(params) for params in orders]
        legs = [each for each in result.legs if self._accept_legs(each)]
        self._memory.save(force=any(accepted) or bool(legs))
        for key in result.cancels:
            self._desk.cancel(key)
        for params, order in zip(orders, accepted, strict=True):
            if order is not None:
                self._desk.send(params, order)
        for each in legs:
            self._legs.send(each)

    def _accept(self, params: OrderParams) -> KeyedOrder | None:
        """Name an order, unless it is held back."""
        reason = self._held_back(params.purpose)
        if reason:
            self._later(OrderOutcome(params.key, denial(params, reason), False, 0))
            return None
        venue = params.venue or next(iter(self._contracts))
        order = self._desk.accept(params, venue, self._contracts)
        self._memory.remember(order)
        return order

    def _accept_legs(self, order: LegsOrder) -> bool:
        """Note an execution, unless it is held back."""
        reason = self._held_back(order.purpose)
        if reason:
            self._later(LegsFinished(order.key, LegsOutcome.REFUSED, 0, (), reason))
            return False
        self._legs.accept(order)
        return True

    def _later(self, event: OrderOutcome | LegsFinished) -> None:
        """Tell of a denial after a pause, as of then."""
        clock, post = self._clock, self._post
        clock.call_later(DENIAL_PAUSE_S, lambda: post(replace(event, now_ns=clock.now_ns())))
