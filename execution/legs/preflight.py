"""What is asked of every venue before the first order of several legs is sent.

Each check either finds what it needs or refuses, and a value that could not be read refuses as
well. All refusals are told together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import NS, ONE, ZERO, ContractId, DepthView, Market
from exchange_clients.base_websocket import FeedKind
from exchange_clients.errors import ExchangeError
from exchange_clients.shared.clock import Clock
from execution.legs.costs import taken_side
from execution.legs.plan import MARGIN, Quoted, Refusal
from execution.legs.values import LegLimits, LegRequest

DEPTH_LEVELS = 50
"""How many levels of a book are counted as its depth."""
LEVERAGE_TOLERANCE = Decimal("0.001")
"""Of what was asked: venues that keep margins in basis points read 3 back as 3.0003."""
FEED_WAIT_S = 5.0
"""How long a market's live book may take to be ready."""
YOUNG_WAIT_S, YOUNG_LOOK_S = 10.0, 0.1
"""How long the books of all legs may take to be heard of, and how often that is looked at."""

Clients = Mapping[str, BaseExchangeClient]


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of a leg's market; None beside a refusal."""

    quoted: Quoted | None
    refusals: list[Refusal]


async def read_market(client: BaseExchangeClient, request: LegRequest) -> Read:
    """Look a leg's market up, with its live book; both sides of it must have a level."""
    venue = request.venue
    try:
        contract_id, _ = await client.get_contract_attributes(request.symbol)
        market = await client.get_market_metadata(contract_id)
        if request.reduce_only and request.quantity < max(market.step, market.min_size):
            # No refusal of the venue will tell that its rules are others again.
            market = await client.get_market_metadata(contract_id, fresh=True)
    except (ExchangeError, ValueError) as error:
        return Read(None, [Refusal(venue, "market", f"unknown ({error})", "listed and tradeable")])
    try:
        await client.stream.prepare_market_feed(request.symbol, FEED_WAIT_S)
        book = await client.get_order_book_depth(contract_id, DEPTH_LEVELS)
    except ExchangeError as error:
        return Read(None, [Refusal(venue, "book", f"unknown ({error})", "ready")])
    return _with_book(request, market, book)


def _with_book(request: LegRequest, market: Market, book: DepthView) -> Read:
    if not book.bids or not book.asks:
        refusal = Refusal(request.venue, "book", "one-sided", "ready, with bids and asks")
        return Read(None, [refusal])
    return Read(Quoted(request, market, book), [])


async def read_again(client: BaseExchangeClient, quoted: Quoted) -> Read:
    """Return a leg's market with its book as it is now: what was asked meanwhile took its time."""
    try:
        book = await client.get_order_book_depth(quoted.market.contract_id, DEPTH_LEVELS)
    except ExchangeError as error:
        refusal = Refusal(quoted.request.venue, "book", f"unknown ({error})", "ready")
        return Read(None, [refusal])
    return _with_book(quoted.request, quoted.market, book)


async def check_legs(
    clients: Clients, quoted: Sequence[Quoted], limits: LegLimits
) -> list[Refusal]:
    """Return every reason why the legs may not be sent; leverage is set on the way."""
    refusals: list[Refusal] = []
    for one in quoted:
        client = clients[one.request.venue]
        refusals += depth(one)
        if one.request.reduce_only:
            continue  # what closes needs no margin and no distance, and must not be held up
        refusals += await leverage(client, one)
        refusals += await minimum(client, one)
        refusals += await liquidation(client, one, limits)
    return refusals + await margins(clients, quoted, limits)


async def young_books(
    clients: Clients, quoted: Sequence[Quoted], limits: LegLimits, clock: Clock
) -> list[Refusal]:
    """Wait until the books of all that opens were heard of lately; refuse what is not in time.

    A market that rests says nothing for seconds, and its book is sound all the same. What closes
    goes by any book that its client shows.
    """
    opens = [one for one in quoted if not one.request.reduce_only]
    until_ns = clock.monotonic_ns() + round(YOUNG_WAIT_S * NS)
    while True:
        refusals = [
            each for one in opens for each in data_age(clients[one.request.venue], one, limits)
        ]
        if not refusals or clock.monotonic_ns() >= until_ns:
            return refusals
        await clock.sleep(YOUNG_LOOK_S)


def data_age(client: BaseExchangeClient, quoted: Quoted, limits: LegLimits) -> list[Refusal]:
    """Refuse a market whose book was not heard of lately."""
    age_s = client.stream.age_s(quoted.market.contract_id, FeedKind.BOOK)
    if age_s is not None and age_s <= limits.max_data_age_s:
        return []
    value = "unknown" if age_s is None else f"{age_s:.3f} s"
    limit = f"at most {limits.max_data_age_s:g} s"
    return [Refusal(quoted.request.venue, "data age", value, limit)]


def depth(quoted: Quoted) -> list[Refusal]:
    """Refuse a book that shows less than the quantity on either side: the way in, or the way back.

    A leg that closes needs its own side alone.
    """
    request = quoted.request
    refusals = []
    sides = (request.side,) if request.reduce_only else (request.side, request.side.opposite)
    for side in sides:
        shown = sum((level.size for level in taken_side(quoted.book, side)), ZERO)
        if shown < request.quantity:
            field, limit = f"depth to {side.value}", f"at least {request.quantity:f}"
            refusals.append(Refusal(request.venue, field, f"{shown:f}", limit))
    return refusals


async def leverage(client: BaseExchangeClient, quoted: Quoted) -> list[Refusal]:
    """Set the leverage that was asked for, and refuse unless the venue says that it is so."""
    request = quoted.request
    if request.leverage is None:
        return []
    try:
        info = await client.get_leverage_info(quoted.market.symbol)
        if info.max_leverage is None or request.leverage > info.max_leverage:
            most = "unknown" if info.max_leverage is None else f"at most {info.max_leverage:f}"
            return [Refusal(request.venue, "leverage", f"{request.leverage:f}", most)]
        now = await client.set_leverage(quoted.market.symbol, request.leverage)
    except (ExchangeError, ValueError) as error:
        limit = f"{request.leverage:f}"
        return [Refusal(request.venue, "leverage", f"unknown ({error})", limit)]
    if abs(now - request.leverage) <= LEVERAGE_TOLERANCE * request.leverage:
        return []
    return [Refusal(request.venue, "leverage read back", f"{now:f}", f"{request.leverage:f}")]


async def minimum(client: BaseExchangeClient, quoted: Quoted) -> list[Refusal]:
    """Refuse an order whose notional is below the venue's minimum."""
    request = quoted.request
    try:
        least = await client.get_min_order_notional(quoted.market.symbol)
    except ExchangeError as error:
        return [Refusal(request.venue, "minimum notional", f"unknown ({error})", "known")]
    notional = request.quantity * (request.price or quoted.mid)
    if least is None or notional >= least:
        return []
    return [Refusal(request.venue, "notional", f"{notional:f}", f"at least {least:f}")]


async def liquidation(
    client: BaseExchangeClient, quoted: Quoted, limits: LegLimits
) -> list[Refusal]:
    """Refuse a position that is, or would be, too near to its liquidation.

    Of a market without a position the distance is what the leverage leaves beyond the maintenance
    margin. Of a position without a liquidation price it is what the account's value leaves.
    """
    venue, market = quoted.request.venue, quoted.market
    limit = f"at least {limits.min_liquidation_distance:f} of the price"
    distance: Decimal | None = ONE / (quoted.request.leverage or ONE) - market.maintenance_margin
    try:
        held = await client.get_position_snapshot(market.symbol)
        if held is not None and held.liquidation_price is not None:
            mark = held.mark_price or quoted.mid
            distance = abs(mark - held.liquidation_price) / mark
        elif held is not None:
            distance = await _room(client, market.maintenance_margin)
    except ExchangeError as error:
        return [Refusal(venue, "liquidation distance", f"unknown ({error})", limit)]
    if distance is not None and distance >= limits.min_liquidation_distance:
        return []
    value = "unknown" if distance is None else f"{distance:.4f}"
    return [Refusal(venue, "liquidation distance", value, limit)]


async def _room(client: BaseExchangeClient, maintenance: Decimal) -> Decimal | None:
    """Return how far prices may go against the account before its value is used up.

    As a fraction of all that it holds, less the maintenance margin; None where a position has no
    mark price. Venues name no liquidation price for a position that nothing could liquidate.
    """
    notional = ZERO
    for held in await client.get_detailed_positions():
        if held.mark_price is None:
            return None
        notional += abs(held.quantity) * held.mark_price
    if not notional:
        return None
    return await client.get_total_asset_value() / notional - maintenance


async def margins(clients: Clients, quoted: Sequence[Quoted], limits: LegLimits) -> list[Refusal]:
    """Refuse a venue whose free balance does not carry all of its legs, with the buffer."""
    needs: dict[str, Decimal] = {}
    for one in quoted:
        request = one.request
        if not request.reduce_only:
            notional = request.quantity * one.worst_price
            need = notional / (request.leverage or ONE)
            needs[request.venue] = needs.get(request.venue, ZERO) + need
    refusals = []
    for venue, need in needs.items():
        wanted = need * (ONE + limits.margin_buffer)
        limit = f"at least {wanted:f}"
        try:
            free = await clients[venue].get_account_balance()
        except ExchangeError as error:
            refusals.append(Refusal(venue, MARGIN, f"unknown ({error})", limit))
            continue
        if free < wanted:
            refusals.append(Refusal(venue, MARGIN, f"{free:f}", limit))
    return refusals


async def read_baselines(
    clients: Clients, quoted: Sequence[Quoted]
) -> tuple[dict[tuple[str, ContractId], Decimal], list[Refusal]]:
    """Return the signed position of each leg's market, by venue and contract."""
    baselines: dict[tuple[str, ContractId], Decimal] = {}
    refusals = []
    for one in quoted:
        venue, market = one.request.venue, one.market
        try:
            held = await clients[venue].get_position(market.symbol)
        except ExchangeError as error:
            refusals.append(Refusal(venue, "position", f"unknown ({error})", "known"))
            continue
        baselines[venue, market.contract_id] = held
    return baselines, refusals
