"""``runbot.py route``: what one order would cost at several venues, all in; it sends no order.

Only public data is asked for, so that no keys are needed.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from app import catalogue, values
from app.arguments import Given
from app.configuration import env_file_layer
from app.errors import ExitCode, UsageError, did_you_mean
from app.network import fast_loop, listed_market, network_client
from app.precedence import plain_variables
from app.settings import PAPER, PROD
from app.simulated import is_running, simulator_of
from exchange_clients.base_funding_adapter import FundingRateSample
from exchange_clients.base_models import Side
from exchange_clients.errors import ExchangeError
from exchange_clients.shared.assembly import SIMULATOR, open_link
from exchange_clients.shared.client.managers.market_data import MarketData
from exchange_clients.shared.tasks import TaskScope
from exchange_clients.shared.websocket.manager import VenueWebSocketManager
from exchange_clients.smart_router import LEVELS
from exchange_clients.smart_routing import (
    APART_MAX,
    BOOK_AGE_MAX_S,
    Offer,
    Ranking,
    RouteOrder,
    rank,
)

if TYPE_CHECKING:
    from rich.table import Table

SIMULATED_SEED = 1
SIMULATED_NOTE = (
    "Simulated venues make up a market each: their prices need not be near each other.\n"
)
ANY_PRICE = Decimal("Infinity")
"""How far apart those may be."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be compared, and where."""

    order: RouteOrder
    exchanges: Sequence[str]
    environment: str
    variables: Mapping[str, str]


def route(given: Mapping[str, Given], environment: Mapping[str, str]) -> int:
    """Print what an order would cost at each venue; return the exit code.

    Raises:
        UsageError: something given is wrong or missing; nothing was asked.
    """
    question = read_question(given, environment)
    with asyncio.Runner(loop_factory=fast_loop) as runner:
        ranking = runner.run(_rank(question))
    _print(ranking)
    if question.environment == SIMULATOR:
        sys.stdout.write(SIMULATED_NOTE)
    return ExitCode.DONE if ranking.ranked else ExitCode.FAILED


def read_question(given: Mapping[str, Given], environment: Mapping[str, str]) -> Question:
    """Read and check what was asked.

    Raises:
        UsageError: something is wrong or missing.
    """
    process = {name: Given(value, name) for name, value in environment.items()}
    return Question(
        order=_order(given),
        exchanges=_exchanges(_needed(given, "exchanges")),
        environment=str(given["environment"].value).lower() if "environment" in given else PROD,
        variables=plain_variables(process, env_file_layer(given.get("env_file"))),
    )


def _order(given: Mapping[str, Given]) -> RouteOrder:
    side = _needed(given, "side").lower()
    if side not in (each.value for each in Side):
        raise UsageError(f"--side: {side} is not allowed; use buy or sell")
    if ("notional" in given) == ("size" in given):
        raise UsageError("give --notional or --size, one of them")
    try:
        return RouteOrder(
            symbol=values.ticker(_needed(given, "symbol")),
            side=Side(side),
            tokens=_amount(given, "size"),
            notional_usd=_amount(given, "notional"),
            maker="maker" in given,
        )
    except ValueError as error:
        raise UsageError(f"not allowed: {error}") from error


def _needed(given: Mapping[str, Given], name: str) -> str:
    if name not in given:
        raise UsageError(f"--{name} is missing: see runbot.py route --help")
    return str(given[name].value)


def _amount(given: Mapping[str, Given], name: str) -> Decimal | None:
    if name not in given:
        return None
    text = str(given[name].value)
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(0)
    if not amount.is_finite() or amount <= 0:
        raise UsageError(f"--{name}: {text} is not allowed; use a number above zero")
    return amount


def _exchanges(text: str) -> list[str]:
    known = [each for each in catalogue.exchange_names() if each != PAPER]
    names = list(dict.fromkeys(each.strip().lower() for each in text.split(",")))
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known)
            raise UsageError(f"--exchanges: no {name or 'name'}{hint} (known: {', '.join(known)})")
    return names


# Asking -------------------------------------------------------------------------------------------


async def _rank(question: Question) -> Ranking:
    """Ask every venue at the same time; one that fails is left out, and why is told."""
    scope = TaskScope()
    tasks = [scope.start(_asked(name, question), f"offer {name}") for name in question.exchanges]
    try:
        answers = [await task for task in tasks]
    finally:
        await scope.close()
    offers = [each for each in answers if isinstance(each, Offer)]
    excluded = [each for each in answers if not isinstance(each, Offer)]
    apart_max = ANY_PRICE if question.environment == SIMULATOR else APART_MAX
    return rank(question.order, offers, excluded, apart_max=apart_max)


async def _asked(name: str, question: Question) -> Offer | tuple[str, str]:
    try:
        return await _offer(name, question)
    except (ExchangeError, OSError, UsageError) as error:
        return name, str(error) or repr(error)


async def _offer(name: str, question: Question) -> Offer:
    symbol = question.order.symbol
    async with AsyncExitStack() as stack:
        venue, variables = network_client(name).VENUE, dict(question.variables)
        if question.environment == SIMULATOR and not is_running(venue, variables):
            block = simulator_of(name, symbol, seed=SIMULATED_SEED)
            variables |= (await stack.enter_async_context(block)).environment()
        link = open_link(venue, question.environment, variables, private=False)
        link.acquire()
        stack.push_async_callback(link.close)
        await link.open()
        market = listed_market(link, symbol)
        feeds = VenueWebSocketManager(link, private=False)  # not connected: the answer is of now
        books = MarketData(link, feeds, name, BOOK_AGE_MAX_S)
        depth = await books.depth(market.contract_id, LEVELS)
        rates = await link.run(venue.funding.rates(link.table, [market.contract_id]))
        rate = rates.get(market.symbol)
        known = rate if isinstance(rate, FundingRateSample) else None
        return Offer(name, market, depth, 0.0, known)


# Telling ------------------------------------------------------------------------------------------


def _print(ranking: Ranking) -> None:
    from rich.console import Console  # noqa: PLC0415  # costs 50 ms, which --help need not pay

    order = ranking.order
    how_much = (
        f"{order.tokens} {order.symbol}"
        if order.notional_usd is None
        else f"{order.notional_usd} USD of {order.symbol}"
    )
    sys.stdout.write(f"{order.side.value} {how_much}\n")
    if ranking.ranked:
        Console(file=sys.stdout).print(_table(ranking))
    for line in ranking.explained():
        sys.stdout.write(f"{line}\n")


def _table(ranking: Ranking) -> Table:
    from rich import box  # noqa: PLC0415  # as above
    from rich.table import Table  # noqa: PLC0415  # as above

    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("exchange")
    for title in ("size", "price", "slippage", "fee", "funding", "all in USD", "bps"):
        table.add_column(title, justify="right")
    for row in ranking.ranked:
        table.add_row(
            row.exchange,
            f"{row.size.normalize():f}",
            f"{row.price:.8g}",
            f"{row.slippage_usd:.2f}",
            f"{row.fee_usd:.2f}",
            f"{row.funding_usd:.2f}",
            f"{row.all_in_usd:.2f}",
            f"{row.all_in_bps:.2f}",
        )
    return table
