"""Asks exchanges for what an order would cost, and places it at the cheapest that takes it.

An exchange that did nothing (it is down, out of margin, too busy) is passed by. One whose answer
was lost is not: the order may be there, and is being looked up.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_funding_adapter import BaseFundingAdapter
from exchange_clients.base_models import OrderResult, OrderStatus, Reason, Symbol
from exchange_clients.base_websocket import FeedKind
from exchange_clients.errors import (
    AuthenticationFailed,
    ExchangeError,
    NotConnectedError,
    RateLimited,
    StaleData,
    VenueRejected,
)
from exchange_clients.shared.client.order_rules import placed
from exchange_clients.shared.tasks import TaskScope
from exchange_clients.smart_routing import Offer, Ranked, Ranking, RouteOrder, rank

logger = logging.getLogger(__name__)

LEVELS = 50
"""How deep books are asked for."""
VERDICT_S = 5.0
"""How long an exchange that only acknowledges has to refuse."""
NOTHING_DONE = (AuthenticationFailed, NotConnectedError, RateLimited, StaleData, VenueRejected)
ELSEWHERE = (
    Reason.AUTHENTICATION_FAILED,
    Reason.DENIED_LOCALLY,
    Reason.INSUFFICIENT_MARGIN,
    Reason.MARKET_UNAVAILABLE,
    Reason.NO_LIQUIDITY,
    Reason.NOT_FILLED_IN_FULL,
    Reason.POST_ONLY_WOULD_CROSS,
    Reason.RATE_LIMITED,
)
"""Refusals that another exchange may not share; any other is the order's own fault."""


@dataclass(frozen=True, slots=True)
class RoutedExchange:
    """One exchange that orders may go to."""

    client: BaseExchangeClient
    """Connected."""
    funding: BaseFundingAdapter

    @property
    def name(self) -> str:
        """As users type it."""
        return self.client.get_exchange_name()


@dataclass(frozen=True, slots=True)
class Routed:
    """Where an order went."""

    ranking: Ranking
    exchange: str | None
    """The last that was tried; None where none could be."""
    result: OrderResult | None
    """Its answer; None where every exchange was passed by without one."""
    passed_by: tuple[tuple[str, str], ...]
    """Exchanges that did nothing, and why."""


class SmartRouter:
    """Routes orders to the cheapest of several exchanges.

    Args:
        exchanges: In the order in which equals are preferred.
    """

    def __init__(self, exchanges: Sequence[RoutedExchange]) -> None:
        self._exchanges = {each.name: each for each in exchanges}

    async def rank(self, order: RouteOrder) -> Ranking:
        """Ask every exchange at the same time and rank them."""
        scope = TaskScope()
        tasks = [
            scope.start(_asked(each, order), f"offer {each.name}")
            for each in self._exchanges.values()
        ]
        try:
            answers = [await task for task in tasks]
        finally:
            await scope.close()
        offers = [each for each in answers if isinstance(each, Offer)]
        return rank(order, offers, [each for each in answers if not isinstance(each, Offer)])

    async def place(self, order: RouteOrder) -> Routed:
        """Place an order at the cheapest exchange, or at the next where that one did nothing.

        The result may be of an order whose outcome is not known, which then is not placed again.
        """
        ranking = await self.rank(order)
        passed_by: list[tuple[str, str]] = []
        tried: str | None = None
        result: OrderResult | None = None
        for choice in ranking.ranked:
            tried, result = choice.exchange, None
            try:
                result = await self._placed(choice, order)
            except NOTHING_DONE as error:
                why = str(error) or repr(error)
            else:
                if not _did_nothing(result):
                    break
                why = result.error_message or str(result.reason)
            passed_by.append((choice.exchange, why))
            logger.warning(
                "event=exchange_passed_by venue=%s error=%s next=the_next_cheapest", tried, why
            )
        return Routed(ranking, tried, result, tuple(passed_by))

    async def _placed(self, choice: Ranked, order: RouteOrder) -> OrderResult:
        client, contract_id = self._exchanges[choice.exchange].client, choice.market.contract_id
        if order.maker:
            result = await client.place_limit_order(
                contract_id, choice.size, choice.price, order.side, post_only=True
            )
        else:
            result = await client.place_market_order(contract_id, choice.size, order.side)
        pending = result.status is OrderStatus.PENDING and result.outcome_known
        if not pending or result.client_order_id is None:
            return result
        return placed(await client.await_order_update(result.client_order_id, VERDICT_S))


def _did_nothing(result: OrderResult) -> bool:
    """Whether an exchange refused, traded nothing, and another may do better."""
    ended = result.status.terminal and not result.filled_size
    return result.outcome_known and ended and result.reason in ELSEWHERE


async def _asked(exchange: RoutedExchange, order: RouteOrder) -> Offer | tuple[str, str]:
    try:
        return await _offer(exchange, Symbol(order.symbol))
    except (ExchangeError, OSError, ValueError) as error:
        return exchange.name, str(error) or repr(error)


async def _offer(exchange: RoutedExchange, symbol: Symbol) -> Offer:
    client = exchange.client
    contract_id, _ = await client.get_contract_attributes(symbol)
    market = client.market(contract_id)
    depth = await client.get_order_book_depth(contract_id, LEVELS)
    age_s = client.stream.age_s(contract_id, FeedKind.BOOK)
    funding = (await exchange.funding.fetch_funding_rates()).get(market.symbol)
    # Without a live book the depth is the answer to a question of just now.
    return Offer(exchange.name, market, depth, 0.0 if age_s is None else age_s, funding)
