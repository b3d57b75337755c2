"""What the parts of the venue that speak over WebSocket stand on."""

from __future__ import annotations

from dataclasses import dataclass

from venue_simulators.agenda import Agenda
from venue_simulators.okx.listing import Listing
from venue_simulators.okx.sequences import Sequences
from venue_simulators.okx.sessions import Sessions
from venue_simulators.okx.terms import OkxTerms
from venue_simulators.world import World


@dataclass(frozen=True, slots=True)
class Ground:
    """One of each, shared by all."""

    world: World
    listing: Listing
    agenda: Agenda
    sessions: Sessions
    sequences: Sequences
    terms: OkxTerms
