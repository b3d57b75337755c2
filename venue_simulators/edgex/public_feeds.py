"""What the public channels say: at first their whole state, then what has changed.

Each channel is made when somebody first asks for it and sleeps while nobody listens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Protocol, TypeAlias

from exchange_clients.base_models import NS
from venue_simulators.agenda import Agenda
from venue_simulators.edgex.listing import Contract
from venue_simulators.edgex.market_rows import (
    KLINE_SECONDS,
    VERSIONS_OF_SNAPSHOT,
    depth_row,
    trade_row,
)
from venue_simulators.edgex.public_api import SNAPSHOT, PublicApi
from venue_simulators.edgex.wording import Words
from venue_simulators.world import BookChange, MarketTrade, World

Rows: TypeAlias = Sequence[Words]
Publish: TypeAlias = Callable[[Rows], None]
State: TypeAlias = Callable[[], Rows]
TRADES_REPLAYED = 20
KEPT = ("contractId", "contractName")
"""Fields that a row has even where only others have changed."""
UNCOUNTED = ("time",)
"""Fields that alone are no change."""
_Side: TypeAlias = dict[Decimal, Decimal]


class PublicFeed(Protocol):
    """One channel."""

    def snapshot(self) -> Rows:
        """Return the present state, for one who has just begun to listen."""

    def start(self, publish: Publish) -> None:
        """Begin to tell what changes."""

    def stop(self) -> None:
        """Tell no more."""


class Switched:
    """A feed that is silent until somebody listens."""

    _publish: Publish | None = None

    def start(self, publish: Publish) -> None:
        """Begin to tell what changes."""
        self._publish = publish

    def stop(self) -> None:
        """Tell no more."""
        self._publish = None


class Depth(Switched):
    """The best levels of a book, each change numbered by the one before.

    What leaves the window is removed from it, as if it had been taken. A change elsewhere in the
    book comes as a frame without levels, because it has a number too.
    """

    def __init__(self, contract: Contract, world: World, level: int) -> None:
        self._contract = contract
        self._world = world
        self._level = level
        self._asks: _Side = {}
        self._bids: _Side = {}
        self._version = 0
        world.listen_book(contract.contract_id, self._on_change)

    def start(self, publish: Publish) -> None:
        """Begin to tell what changes."""
        super().start(publish)
        self._asks, self._bids, self._version = self._window()

    def snapshot(self) -> Rows:
        """Return the window as it was told last."""
        versions = max(self._version - VERSIONS_OF_SNAPSHOT, 0), self._version
        sides = self._asks.items(), self._bids.items()
        return [depth_row(self._contract, self._level, sides, versions, SNAPSHOT)]

    def _on_change(self, change: BookChange) -> None:
        if self._publish is None:
            return
        asks, bids, version = self._window()
        sides = _difference(self._asks, asks), _difference(self._bids, bids)
        versions = self._version, version
        self._asks, self._bids, self._version = asks, bids, version
        self._publish([depth_row(self._contract, self._level, sides, versions, "CHANGED")])

    def _window(self) -> tuple[_Side, _Side, int]:
        view, version = self._world.depth(self._contract.contract_id, self._level)
        return dict(view.asks), dict(view.bids), version


class Trades(Switched):
    """Trades of a market as they happen; at first the latest ones."""

    def __init__(self, contract: Contract, world: World) -> None:
        self._contract = contract
        self._world = world
        world.listen_trades(contract.contract_id, self._on_trade)

    def snapshot(self) -> Rows:
        """Return the latest trades, newest first."""
        latest = self._world.trades(self._contract.contract_id, TRADES_REPLAYED)
        return [trade_row(self._contract, trade) for trade in latest[::-1]]

    def _on_trade(self, trade: MarketTrade) -> None:
        if self._publish is not None:
            self._publish([trade_row(self._contract, trade)])


class Samples(Switched):
    """A state that is looked at in intervals; rows tell the fields that differ from the last look.

    Args:
        state: Returns a row for each contract.
        api: Whose time counts.
        agenda: Where the looks are planned.
        interval_ns: Between two of them; they stand on its multiples.
        whole: Whether a row that changed is told with all its fields.
    """

    def __init__(
        self, state: State, api: PublicApi, agenda: Agenda, interval_ns: int, *, whole: bool = False
    ) -> None:
        self._state = state
        self._world = api.world
        self._agenda = agenda
        self._interval_ns = interval_ns
        self._whole = whole
        self._told: dict[object, Words] = {}
        self._ticking = False

    def start(self, publish: Publish) -> None:
        """Begin to tell what changes."""
        super().start(publish)
        self._told = {row["contractId"]: row for row in self._state()}
        if not self._ticking:
            self._ticking = True
            self._plan()

    def snapshot(self) -> Rows:
        """Return the state as it was told last."""
        return list(self._told.values())

    def _plan(self) -> None:
        at_ns = (self._world.now_ns // self._interval_ns + 1) * self._interval_ns
        self._agenda.plan(at_ns, self._look)

    def _look(self) -> None:
        if self._publish is None:
            self._ticking = False
            return
        rows = self._state()
        changed = [each for row in rows if (each := self._changed(row))]
        self._told = {row["contractId"]: row for row in rows}
        if changed:
            self._publish(changed)
        self._plan()

    def _changed(self, row: Words) -> Words:
        before = self._told.get(row["contractId"], {})
        fields = {name: value for name, value in row.items() if before.get(name) != value}
        if not any(name not in UNCOUNTED for name in fields):
            return {}
        if self._whole:
            return row
        return {name: row[name] for name in row if name in KEPT or name in fields}


class Klines(Switched):
    """The running candle while trades change it, once a second at most."""

    def __init__(
        self, contract: Contract, api: PublicApi, agenda: Agenda, detail: tuple[str, ...]
    ) -> None:
        self._contract = contract
        self._api = api
        self._agenda = agenda
        self._price_type, self._kind = detail
        self._planned = False
        api.world.listen_trades(contract.contract_id, self._on_trade)

    def snapshot(self) -> Rows:
        """Return the running candle."""
        world = self._api.world
        seconds = KLINE_SECONDS[self._kind]
        start_ns = world.now_ns // (seconds * NS) * seconds * NS
        candles = world.candles(self._contract.contract_id, seconds, start_ns, start_ns + 1)
        return [
            self._api.kline_words(self._contract, candle, self._kind, self._price_type)
            for candle in candles
        ]

    def _on_trade(self, trade: MarketTrade) -> None:
        if self._publish is not None and not self._planned:
            self._planned = True
            self._agenda.plan(-(-trade.at_ns // NS) * NS, self._flush)

    def _flush(self) -> None:
        self._planned = False
        if self._publish is not None:
            self._publish(self.snapshot())


class Still(Switched):
    """A state that is told once."""

    def __init__(self, state: State) -> None:
        self._state = state

    def snapshot(self) -> Rows:
        """Return the state as it is."""
        return self._state()


def _difference(before: _Side, after: _Side) -> list[tuple[Decimal, Decimal]]:
    """Return the levels that differ, those that are gone with a size of zero."""
    gone = [(price, Decimal(0)) for price in before if price not in after]
    return gone + [(price, size) for price, size in after.items() if before.get(price) != size]
