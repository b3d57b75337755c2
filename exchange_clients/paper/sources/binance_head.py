"""What the first lines of a Binance recording say of it: the contract, its grid, its snapshot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import msgspec

from exchange_clients.base_models import ContractId, Market
from exchange_clients.paper.sources.base import RecordingError
from exchange_clients.paper.sources.binance_wire import HeadData, HeadFrame
from exchange_clients.paper.sources.recording import read_lines, wrong_line
from exchange_clients.paper.sources.sidecar import (
    Instrument,
    base_symbol,
    describe_market,
    load_sidecar,
)
from exchange_clients.shared.decimal_grid import common_increment

HEAD_LINES_MAX = 5000
"""Lines looked through for a snapshot before a recording is called one without."""
LINES_AFTER_SNAPSHOT = 1000
"""Further lines that the price and size increments are inferred from."""
READ_EVENTS = frozenset({"depthUpdate", "bookTicker", "trade"})
_NUMBER = re.compile(r"\d+(\.\d+)?")
_decode = msgspec.json.Decoder(HeadFrame).decode


@dataclass
class Head:
    """What was seen so far."""

    contract_id: str = ""
    start_ns: int = 0
    inverse: bool = False
    snapshot_line: int | None = None
    prices: list[str] = field(default_factory=list)
    sizes: list[str] = field(default_factory=list)
    kinds: dict[str, None] = field(default_factory=dict)
    """Kinds of frames, in the order of appearance."""

    @property
    def has_depth(self) -> bool:
        """Whether there is a snapshot or an update of a book of many levels."""
        return self.snapshot_line is not None or "depthUpdate" in self.kinds

    def add(self, frame: HeadFrame) -> None:
        """Take one line's words."""
        for price, size in (*frame.bids, *frame.asks):
            self._add_level(price, size)
        if frame.symbol is not None and not self.contract_id:
            self.contract_id = frame.symbol
        if frame.data is not None:
            self._add_data(frame.data)

    def _add_data(self, data: HeadData) -> None:
        self.kinds[data.e] = None
        if data.e not in READ_EVENTS:
            return
        self.contract_id = self.contract_id or data.s
        self.inverse = self.inverse or data.ps is not None
        for rows, size in ((data.b, data.B), (data.a, data.A)):
            if isinstance(rows, str):
                self._add_level(rows, size)
            elif isinstance(rows, list):
                for row in rows:
                    self._add_level(*row)
        self._add_level(data.p, data.q)

    def _add_level(self, price: str, size: str) -> None:
        # What is no number is left to the replay, which names its line.
        if _NUMBER.fullmatch(price) and _NUMBER.fullmatch(size):
            self.prices.append(price)
            self.sizes.append(size)

    def inferred(self) -> Instrument:
        """Return the price and size increments that all numbers seen are multiples of."""
        return Instrument(tick=common_increment(self.prices), step=common_increment(self.sizes))


def read_head(path: Path) -> Head:
    """Read up to ``LINES_AFTER_SNAPSHOT`` lines past the snapshot, else ``HEAD_LINES_MAX`` lines.

    Raises:
        RecordingError: no contract, nothing to replay, or a line that is not of such a recording.
    """
    head = Head()
    for number, line in islice(read_lines(path), HEAD_LINES_MAX):
        local_ns, frame = _parse(path, number, line)
        head.start_ns = head.start_ns or local_ns
        if frame.lastUpdateId is not None and head.snapshot_line is None:
            head.snapshot_line = number
        head.add(frame)
        if head.snapshot_line and number >= head.snapshot_line + LINES_AFTER_SNAPSHOT:
            break
    if not head.has_depth and not READ_EVENTS.intersection(head.kinds):
        raise RecordingError(
            f"{path}: no depth, bookTicker or trade frame in its first {HEAD_LINES_MAX} lines "
            f"(there is {', '.join(head.kinds) or 'nothing'}); record one of these streams as well"
        )
    if not head.contract_id:
        raise RecordingError(f"{path}: no frame names a contract; is it a Binance recording?")
    return head


def describe(paths: Sequence[Path], head: Head) -> tuple[Market, tuple[str, ...]]:
    """Return the market of a recording, and a sentence for each thing that had to be assumed.

    Raises:
        RecordingError: nothing says what the tick or the step is.
    """
    said = next((one for one in map(load_sidecar, paths) if one != Instrument()), Instrument())
    inferred = head.inferred()
    for name in ("tick", "step"):
        if getattr(said, name) is None and getattr(inferred, name) is None:
            raise RecordingError(
                f"{paths[0]}: no price and size in its opening part to infer the {name} from; "
                f"state the {name} in {paths[0].name}.yml"
            )
    contract_id = ContractId(head.contract_id)
    market, assumptions = describe_market(contract_id, base_symbol(contract_id), said, inferred)
    ignored = [kind for kind in head.kinds if kind not in READ_EVENTS]
    if ignored:
        assumptions += (f"frames not read: {', '.join(ignored)}",)
    if head.inverse:
        assumptions += ("inverse contract: sizes are contracts, not base units",)
    return market, assumptions


def read_contract(path: Path) -> ContractId:
    """Return whose frames a file holds; later parts of a recording have no snapshot to look for.

    Raises:
        RecordingError: no frame names a contract, or a line is not of such a recording.
    """
    for number, line in islice(read_lines(path), HEAD_LINES_MAX):
        data = _parse(path, number, line)[1].data
        if data is not None and data.s:
            return ContractId(data.s)
    raise RecordingError(f"{path}: no frame names a contract; is it a Binance recording?")


def _parse(path: Path, number: int, line: bytes) -> tuple[int, HeadFrame]:
    local_ns, _, body = line.partition(b" ")
    try:
        return int(local_ns), _decode(body)
    except (msgspec.MsgspecError, ValueError) as error:
        raise explain(path, number, line, error) from None


def explain(path: Path, number: int, line: bytes, error: Exception) -> RecordingError:
    """Say which part of a line cannot be read: its time, its JSON or a field."""
    stamp, _, body = line.strip().partition(b" ")
    if not stamp.isdigit():
        return wrong_line(
            path,
            number,
            f"starts with {stamp[:30]!r} where the local time in nanoseconds belongs; a line is "
            "'<local ns> <json>'",
        )
    if isinstance(error, msgspec.ValidationError):
        return wrong_line(path, number, f"{error}; the frame is not as Binance sends it")
    return wrong_line(
        path,
        number,
        f"invalid JSON ({error}) in {body[:60]!r}; was the recording cut there? Remove the line",
    )
