"""The frames of Binance futures market streams, USD-M and COIN-M, as they stand in a recording.

Field names are the venue's. Unquoted and quoted numbers are both read; see the venue's documents on
"Diff. Book Depth Streams", "Individual Symbol Book Ticker Streams" and the order book endpoint.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

Rows: TypeAlias = list[tuple[float, float]]
TextRows: TypeAlias = list[tuple[str, str]]


class Depth(msgspec.Struct, gc=False, tag_field="e", tag="depthUpdate"):
    """Changed levels of updates ``U`` to ``u``; ``pu`` is the ``u`` of the message before."""

    s: str
    U: int
    u: int
    b: Rows
    a: Rows
    T: int
    pu: int | None = None


class Ticker(msgspec.Struct, gc=False, tag_field="e", tag="bookTicker"):
    """The best bid ``b`` of size ``B`` and ask ``a`` of size ``A`` as of update ``u``."""

    s: str
    u: int
    b: float
    B: float
    a: float
    A: float
    T: int


class Trade(msgspec.Struct, gc=False, tag_field="e", tag="trade"):
    """One trade; ``m`` says that the buyer was the maker."""

    s: str
    t: int
    p: float
    q: float
    m: bool
    T: int
    X: str = "MARKET"


class Frame(msgspec.Struct, gc=False):
    """A message of a combined stream, or the REST depth snapshot, which has no envelope."""

    data: Depth | Ticker | Trade | None = None
    lastUpdateId: int | None = None
    bids: Rows = []
    asks: Rows = []
    T: int | None = None
    symbol: str | None = None


class HeadData(msgspec.Struct):
    """What the first lines are asked before any price is read: whose, and in what decimals."""

    e: str
    s: str = ""
    ps: str | None = None
    """The pair, sent by COIN-M alone."""
    b: TextRows | str = []
    B: str = "0"
    a: TextRows | str | int = []
    A: str = "0"
    p: str = "0"
    q: str = "0"


class HeadFrame(msgspec.Struct):
    """As ``Frame``, with the numbers as text."""

    data: HeadData | None = None
    lastUpdateId: int | None = None
    bids: TextRows = []
    asks: TextRows = []
    symbol: str | None = None
