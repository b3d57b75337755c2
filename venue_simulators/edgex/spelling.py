"""What the page about the public stream prints where captured frames show something else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from venue_simulators.edgex.wording import Words

CAPTURED = {"snapshot": "Snapshot", "changed": "changed"}
DOCUMENTED: Mapping[str, str] = {"snapshot": "Snapshot", "changed": "Changed"}


def documented(kind: str, row: Words) -> Words:
    """Return a row as the page has it: levels as pairs, trades with a side."""
    if kind == "depth":
        return {**row, "asks": _pairs(row["asks"]), "bids": _pairs(row["bids"])}
    if kind == "trades":
        told = {name: value for name, value in row.items() if name != "ticketId"}
        side = "SELL" if row["isBuyerMaker"] else "BUY"
        return {"tradeId": row["ticketId"], "side": side, **told}
    return row


def _pairs(levels: object) -> list[list[object]]:
    rows = cast("list[Words]", levels)  # a depth row was made with lists of levels
    return [[level["price"], level["size"]] for level in rows]
