"""Learns what can be learnt of one leg without changing anything: no order, no setting.

Each part is asked for by itself; one that fails is not known, and spoils no other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeVar

from app.accounts import hide_credentials, variables_with
from app.doctor_checks import Intent, LegFacts, Quote
from app.network import network_client
from app.simulated import is_running, simulator_of
from database.account_store import Account
from exchange_clients.base_models import Feature, Market
from exchange_clients.base_websocket import FeedKind
from exchange_clients.errors import (
    AuthenticationFailed,
    ExchangeError,
    MissingCredentialsError,
    RateLimited,
)
from exchange_clients.journal import MemoryJournal
from exchange_clients.shared.account_words import (
    FeeWords,
    KeyRights,
    LeverageWords,
    MarginModeWords,
    PermissionWords,
)
from exchange_clients.shared.assembly import (
    SIMULATOR,
    choose_environment,
    credentials_of,
    open_link,
)
from exchange_clients.shared.client.venue_client import VenueClient
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.funding_adapter.adapter import VenueFundingAdapter
from exchange_clients.shared.link import VenueLink
from venue_simulators.options import SharedWorld

T = TypeVar("T")

PART_TIMEOUT_S = 15.0
FEED_TIMEOUT_S = 10.0
LASTING_S = 10.0
"""A limit over a shorter time is used up by the doctor itself, and free before the first order."""
SEED = 1


@dataclass(frozen=True, slots=True)
class LegDesk:
    """One venue to look at."""

    name: str
    environment: str
    variables: Mapping[str, str]
    account: Account | None = None
    place: int = 0
    """Which one of the venues it is: simulated ones have a world in common."""


async def read_leg(desk: LegDesk, intent: Intent, clock: Clock) -> LegFacts:
    """Return what can be learnt of a leg; whatever fails is told as a fact."""
    facts = LegFacts(desk.name)
    venue = network_client(desk.name).VENUE
    async with AsyncExitStack() as opened:
        variables = variables_with(desk.variables, venue, desk.account)
        if desk.environment == SIMULATOR and not is_running(venue, variables):
            world = SharedWorld(SEED, desk.place)
            block = simulator_of(venue.name, intent.symbol, seed=SEED, shared=world)
            variables |= (await opened.enter_async_context(block)).environment()
        try:
            chosen = choose_environment(venue, desk.environment, variables)
            hide_credentials(credentials_of(venue, variables, environment=chosen))
        except MissingCredentialsError as error:
            return replace(facts, credentials=str(error))
        proxy = "" if desk.account is None else desk.account.proxy
        link = open_link(venue, desk.environment, variables, clock=clock, proxy=proxy)
        client = network_client(desk.name)(
            link=link, journal=MemoryJournal(), name=desk.name, ticker=intent.symbol
        )
        link.acquire()
        opened.push_async_callback(link.close)
        opened.push_async_callback(client.disconnect)
        return await LegReader(client, link, clock, facts).read(intent)


class LegReader:
    """Asks one client for the parts.

    Args:
        client: Not yet connected.
        link: The client's.
        clock: Time and waiting.
        facts: What is known already.
    """

    def __init__(self, client: VenueClient, link: VenueLink, clock: Clock, facts: LegFacts) -> None:
        self._client = client
        self._link = link
        self._clock = clock
        self._facts = facts
        self._troubles: dict[str, str] = {}
        self._limited = ""

    async def read(self, intent: Intent) -> LegFacts:
        """Return what can be learnt."""
        try:
            async with self._clock.deadline(PART_TIMEOUT_S):
                # Feeds go on trying for ever; a question is answered, or refused, once.
                await self._link.open()
                assert self._link.private is not None, "credentials were read"
                await self._link.run(self._link.private.account.balance())
                await self._client.connect()
        except (ExchangeError, OSError) as error:  # a time-out is an OSError
            refused = isinstance(error, AuthenticationFailed)
            told = str(error) or "no answer in time"
            return replace(self._facts, login=told, refused=refused)
        facts = replace(self._facts, offset_ms=self._link.offset_ns / 1e6)
        market = await self._market(intent)
        if market is not None:
            facts = await self._account(await self._trading(facts, market), market)
        return replace(
            facts,
            troubles=self._troubles,
            rate_limited=self._limited,
            budget_left=self._budget_left(),
        )

    def _budget_left(self) -> dict[str, float]:
        """Return what is free of each limit that does not renew itself within seconds."""
        buckets = self._link.venue.limits.buckets
        brief = [each.name for each in buckets if each.window_s < LASTING_S]
        left = self._link.budget_left()
        return {name: part for name, part in left.items() if name not in brief}

    async def _market(self, intent: Intent) -> Market | None:
        try:
            contract_id, _ = await self._client.get_contract_attributes(intent.symbol)
        except (ValueError, ExchangeError) as error:
            listing = self._link.table.find(intent.symbol)
            halted = listing is not None and not listing.tradable
            stands = f"{intent.symbol} takes no orders now"
            self._troubles["market"] = stands if halted else str(error)
            return None
        return self._client.market(contract_id)

    async def _trading(self, facts: LegFacts, market: Market) -> LegFacts:
        """Read what concerns the market."""
        client, contract_id = self._client, market.contract_id
        info = await self._part("leverage", client.get_leverage_info(market.symbol))
        orders = await self._part("open orders", client.get_active_orders(contract_id))
        fees = market.maker_fee, market.taker_fee
        assert self._link.private is not None, "the account was opened"
        account: object = self._link.private.account
        if isinstance(account, FeeWords):
            fees = await self._part("fees", self._link.run(account.fees(contract_id))) or fees
        leverage: Decimal | None = None
        if isinstance(account, LeverageWords):
            leverage = await self._part("leverage", self._link.run(account.leverage(contract_id)))
        isolated: bool | None = None
        if isinstance(account, MarginModeWords):
            isolated = await self._part(
                "margin mode", self._link.run(account.isolated(contract_id))
            )
        rights: KeyRights | None = None
        if isinstance(account, PermissionWords):
            rights = await self._part("permissions", self._link.run(account.permissions()))
        return replace(
            facts,
            market=market,
            trades=None if rights is None else rights.trades,
            withdraws=None if rights is None else rights.withdraws,
            isolated=isolated,
            dead_man=client.supports(Feature.DEAD_MAN),
            hedged=client.hedged,
            leverage=leverage,
            max_leverage=market.max_leverage if info is None else info.max_leverage,
            fees=fees,
            open_orders=None if orders is None else len(orders),
            funding_hours=await self._part("funding interval", self._interval(market)),
            quote=await self._part("stream", self._quote(market)),
        )

    async def _account(self, facts: LegFacts, market: Market) -> LegFacts:
        """Read what concerns the money."""
        client = self._client
        return replace(
            facts,
            available=await self._part("free margin", client.get_account_balance()),
            equity=await self._part("free margin", client.get_total_asset_value()),
            positions=await self._part("positions", client.get_detailed_positions()),
        )

    async def _interval(self, market: Market) -> Decimal | None:
        adapter = VenueFundingAdapter(self._link)
        try:
            rates = await adapter.fetch_funding_rates()
        finally:
            await adapter.close()
        sample = rates.get(market.symbol)
        return None if sample is None else sample.interval_hours

    async def _quote(self, market: Market) -> Quote | None:
        stream = self._client.stream
        if not await stream.prepare_market_feed(market.symbol, FEED_TIMEOUT_S):
            return None
        quote = stream.best_bid_offer(market.contract_id)
        age_s = stream.age_s(market.contract_id, FeedKind.BOOK)
        if quote is None or age_s is None:
            return None
        return Quote(market.price_of(quote.bid), market.price_of(quote.ask), age_s)

    async def _part(self, check: str, reading: Awaitable[T]) -> T | None:
        try:
            async with self._clock.deadline(PART_TIMEOUT_S):
                return await reading
        except RateLimited as error:
            self._limited = str(error)
        except (ExchangeError, ValueError, OSError) as error:
            self._troubles[check] = str(error) or "no answer in time"
        return None
