"""Aster, simulated: a venue of the fapi dialect at which an account's agent signs what it sends.

Where nothing is known of the real venue, the simulator does what a client is sure to notice:

- A nonce may be ten seconds from the clock, one page says so, not the sixty of another.
- What is signed is what travels, escapes included; a name in the query and a second one in the body
  are one text without anything between them.
- Orders of a batch are read as JSON, and in the single quotes of the venue's own samples.
- A handshake with a listen key that is not valid is refused.
- ``RPI`` is listed as a time in force and explained nowhere: such orders are refused.
- Two orders of one name cannot be open at once: -4116, as the dialect has it.
- In hedge mode an order may close no more than its position less what others would close already.
- Truths are ``true`` and ``false`` in small letters, as documented; ccxt writes them otherwise.

Strategies, chases, guarded cancels, no-ops of queued requests, transfers of isolated margin and the
protection of market makers are not simulated: their paths are not found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from exchange_clients.base_models import TimeInForce
from venue_simulators.aster import listing
from venue_simulators.aster.authentication import AsterGate, invent_member
from venue_simulators.aster.routes import routes
from venue_simulators.aster.terms import AsterTerms
from venue_simulators.fapi.legs import BOTH, LONG, SHORT
from venue_simulators.fapi.order_entry import TIMES_IN_FORCE, EntryRules
from venue_simulators.fapi.orders import HIDDEN
from venue_simulators.fapi.trading import TradingRules
from venue_simulators.fapi.venue import Dialect, FapiVenue
from venue_simulators.fapi.wording import Row
from venue_simulators.options import DEFAULT_SYMBOLS, SimulatorOptions, build_world
from venue_simulators.rule_table import RuleTable
from venue_simulators.simulator import Service
from venue_simulators.world import World

ALL_SYMBOLS = (*DEFAULT_SYMBOLS, "PEPE")
ALL_CANCELLED: Row = {"code": "200", "msg": "The operation of cancel all open order is done."}
TRADING = TradingRules(
    entry=EntryRules(
        times_in_force={**TIMES_IN_FORCE, HIDDEN: TimeInForce.GTC},
        position_sides=(BOTH, LONG, SHORT),
    ),
    all_cancelled=ALL_CANCELLED,
)


def build(options: SimulatorOptions, terms: AsterTerms | None = None) -> AsterSimulator:
    """Return a venue with its accounts opened; without a choice of symbols it lists all it has."""
    if options.symbols == DEFAULT_SYMBOLS:
        options = replace(options, symbols=ALL_SYMBOLS)
    terms = terms or AsterTerms()
    world = build_world(options, listing.MARKETS, listing.paper_config(terms.post_only))
    return AsterSimulator(world, options, terms)


class AsterSimulator(FapiVenue):
    """One venue; the first of its accounts is the one that ``environment`` speaks of."""

    name = "aster"
    services: Sequence[Service] = (
        Service("rest", ("fapi.asterdex.com", "fapi3.asterdex.com")),
        Service("ws", ("fstream.asterdex.com",)),
    )

    def __init__(self, world: World, options: SimulatorOptions, terms: AsterTerms) -> None:
        self.members = {name: invent_member(name, options.seed) for name in options.accounts}
        dialect = Dialect(
            filters=RuleTable(world.rules, listing.filters_of),
            brackets=RuleTable(world.rules, listing.brackets_of),
            symbol_row=listing.symbol_row,
            info=dict(listing.INFO),
            limits=terms.limits,
            trading=replace(TRADING, read_delay_ns=terms.read_delay_ns),
            streams=terms.streams,
            seed=options.seed,
        )
        gate = AsterGate(self.members, options.signatures, terms.chain_id)
        super().__init__(world, options.accounts, dialect, gate, routes)

    def environment(self, urls: Mapping[str, str]) -> dict[str, str]:
        """Return the variables with which a client trades here on the first account."""
        member = next(iter(self.members.values()))
        return {
            "ASTER_USER_ADDRESS": member.user,
            "ASTER_SIGNER_ADDRESS": member.signer,
            "ASTER_SIGNER_PRIVATE_KEY": member.private_key,
            "PERP_ASTER_REST_URL": urls["rest"],
            "PERP_ASTER_WS_URL": urls["ws"],
        }
