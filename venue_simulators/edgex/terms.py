"""What of edgeX a test may want otherwise: delays, limits and what no document settles.

Documents and captures disagree on many spellings. What captures show is the default; with
``documents_spelling`` the documents' words are spoken instead, wherever they differ.

The venue publishes neither its limits of calls nor the instant of its pings; the numbers here are
ours. It does not say either whether a number that was signed may be signed again, whether ids are
checked against their numbers, nor how long an ended order is still found by its id: all of that is
taken strictly.
"""

from __future__ import annotations

from dataclasses import dataclass

from exchange_clients.base_models import NS
from venue_simulators.edgex.wording import MS


@dataclass(frozen=True, slots=True)
class EdgexTerms:
    """Times in nanoseconds."""

    documents_spelling: bool = False
    verdict_delay_ns: int = 5 * MS
    """From the answer to a create until the order meets the book."""
    censor_delay_ns: int = MS
    """From a match until it counts as filled: the venue checks it and tells of it again."""
    cancel_delay_ns: int = 5 * MS
    """From the answer to a cancel until it acts."""
    ended_visible_ns: int = 60 * NS
    """For how long an order that ended is found by its id; afterwards the history alone has it."""
    timestamp_window_ns: int = 60 * NS
    """How far the stamp of a signed request may be from the venue's time, either way."""
    settlement_delay_ns: int = 60 * NS
    """How long after its boundary a settled rate is booked."""
    ping_interval_ns: int = 10 * NS
    pongs_missed_max: int = 5
    """As many unanswered pings close a connection."""
    sockets_max: int = 5
    """Private connections of one account."""
    tickers_empty: bool = False
    """Whether ``getTicker`` answers with no row for every id, as was seen once."""
    minute_rows_slip_through: bool = False
    """Whether the list of settled rates also holds the row of the running minute."""
    snapshot_before_ack: bool = False
    """Whether a channel's first frame comes before ``subscribed``."""
    bare_pushed_fills: bool = True
    """Whether fills are pushed without their profit, side and contract."""
    rate_limits: bool = True
    orders_per_minute: int = 600
    """Of one account; the account itself states 0, which is the default."""
    chain_id: int = 33431
    contract_address: str = "0x1ae109ea449cfe0bed08bfe8911e968a49a919b1"
    """What orders are signed for; the list of markets names both."""
