"""One invented order book: a fair price with mean-reverting noise, and a ladder that follows it.

A side is its best price, anywhere on the tick grid, and ``LADDER_LEVELS`` behind it on a coarser
lattice that stays where it is. When the price moves, the levels it passes go, new ones fill in
behind it, and the rest keep their place and size, as queues in a real book do.
"""

from __future__ import annotations

from math import sqrt

from exchange_clients.base_models import Market, Side
from exchange_clients.events import BookDelta, BookSnapshot, FloatLevel, PublicTrade
from exchange_clients.shared.clock import Rng
from exchange_clients.shared.decimal_grid import DecimalGrid

LADDER_LEVELS = 30
LADDER_SPACING = 5e-5
"""Distance of two levels behind the best, as a fraction of the price."""
NOISE_DEVIATION = 3e-4
"""How far the middle strays from the fair price, as a fraction: what a grid lives on."""
NOISE_REVERSION = 0.02
"""Share of the straying that is taken back with each update."""
LEVEL_NOTIONAL_USD = 40_000.0
TRADE_NOTIONAL_USD = 300.0
TRADES_MAX = 3
"""Trades between two updates; each is likelier after another."""
SIZE_TABLE = 256
FAR_SHARE = 0.4
"""Size of the last level of the ladder, as a share of the first."""


class SyntheticBook:
    """The state of one symbol; all randomness is handed in as bits."""

    def __init__(self, market: Market, price: float, deviation: float) -> None:
        self.contract_id = market.contract_id
        self._tick = DecimalGrid(market.tick)
        self._step = DecimalGrid(market.step)
        tick, step = float(market.tick), float(market.step)
        self._deviation = deviation
        self._fair = price / tick
        self._noise = 0.0
        self._spacing = max(1, round(self._fair * LADDER_SPACING))
        # Below this the ladder would reach under zero.
        self._floor = float(self._spacing * (LADDER_LEVELS + 2) + 16)
        self._fair = max(self._fair, self._floor)
        self._level_lots = max(1.0, LEVEL_NOTIONAL_USD / price / step)
        self._trade_lots = max(1, round(TRADE_NOTIONAL_USD / price / step))
        self._table = [1.0] * SIZE_TABLE
        self._bid = self._ask = 0
        self._heat = 0
        self._number = 0
        self._trades = 0

    def open(self, rng: Rng, now_ns: int) -> BookSnapshot:
        """Return the first book."""
        # The square makes small sizes common and large ones rare.
        draws = (rng.random() for _ in range(SIZE_TABLE))
        self._table = [0.2 + 1.8 * draw * draw for draw in draws]
        self._bid = int(self._fair)
        self._ask = self._bid + 1
        self._number = 1
        bids = {self._price(self._bid): self._lots(0, 0)}
        asks = {self._price(self._ask): self._lots(0, 1)}
        self._move_ladder(bids, 0, (self._bid - 1) // self._spacing, -1, 0)
        self._move_ladder(asks, 0, self._ask // self._spacing + 1, 1, 0)
        rows = (list(bids.items()), list(asks.items()))
        return BookSnapshot(self.contract_id, *rows, self._number, now_ns, now_ns)

    def update(
        self, move: float, factor: float, bits: int, now_ns: int
    ) -> list[PublicTrade | BookDelta]:
        """Return the trades on the book as it stood, then its change.

        Args:
            move: return of the fair price, in deviations of one update.
            factor: how stormy it is, 1.0 is normal.
            bits: at least 160 random bits.
            now_ns: time of it all.
        """
        self._fair = max(self._fair * (1.0 + self._deviation * move), self._floor)
        shock = (bits & 0xFFFF).bit_count() - 8
        self._noise += shock * _NOISE_STEP - self._noise * NOISE_REVERSION
        middle = self._fair * (1.0 + self._noise)
        # Trailing ones of four bits: 0, 1, 2, 3, 4 with halving chances.
        runs = (~(bits >> 16 & 15) & (bits >> 16 & 15) + 1).bit_length() - 1
        spread = 1 + int(runs * factor * 0.6)
        bid = max(int(middle - spread / 2), int(self._floor))
        events: list[PublicTrade | BookDelta] = []
        self._trade(events, bid > self._bid, factor, bits >> 20, now_ns)
        events.append(self._follow(bid, bid + spread, bits >> 100, now_ns))
        return events

    def _trade(
        self,
        events: list[PublicTrade | BookDelta],
        rising: bool,
        factor: float,
        bits: int,
        now_ns: int,
    ) -> None:
        """Append up to ``TRADES_MAX`` trades, mostly on the side the price moves to."""
        for _ in range(TRADES_MAX):
            if bits & 255 >= 25 * factor + self._heat:
                break
            side = Side.BUY if rising is (bits >> 8 & 3 != 0) else Side.SELL
            runs = (~(bits >> 10 & 127) & (bits >> 10 & 127) + 1).bit_length() - 1
            lots = (self._trade_lots << runs) * (16 + (bits >> 17 & 15)) >> 4
            price = self._price(self._ask if side is Side.BUY else self._bid)
            most = 0.2 * self._level_lots
            self._trades += 1
            self._heat = min(self._heat + 50, 150)
            events.append(
                PublicTrade(
                    self.contract_id,
                    price,
                    self._size(min(lots, max(1, int(most)))),
                    side,
                    now_ns,
                    now_ns,
                    str(self._trades),
                )
            )
            bits >>= 21
        self._heat = self._heat * 7 >> 3

    def _follow(self, bid: int, ask: int, bits: int, now_ns: int) -> BookDelta:
        """Move both sides to their new best and refresh a few sizes."""
        salt = bits & 255
        spacing = self._spacing
        bids: dict[float, float] = {}
        asks: dict[float, float] = {}
        old_edge, edge = (self._bid - 1) // spacing, (bid - 1) // spacing
        self._leave(bids, self._bid, bid, edge, -1)
        self._move_ladder(bids, old_edge, edge, -1, salt)
        self._refresh(bids, edge, -1, bits >> 8)
        old_edge, edge = self._ask // spacing + 1, ask // spacing + 1
        self._leave(asks, self._ask, ask, edge, 1)
        self._move_ladder(asks, old_edge, edge, 1, salt)
        self._refresh(asks, edge, 1, bits >> 24)
        bids[self._price(bid)] = self._lots(0, bits >> 40)
        asks[self._price(ask)] = self._lots(0, bits >> 48)
        self._bid, self._ask = bid, ask
        self._number += 1
        last = self._number
        rows: tuple[list[FloatLevel], list[FloatLevel]] = (list(bids.items()), list(asks.items()))
        return BookDelta(self.contract_id, *rows, last, last, last - 1, now_ns, now_ns)

    def _leave(
        self, changes: dict[float, float], old: int, new: int, edge: int, outward: int
    ) -> None:
        """Take the old best away, unless it is a rung of the ladder as it will be."""
        rung, off = divmod(old, self._spacing)
        stays = off == 0 and 0 <= (rung - edge) * outward < LADDER_LEVELS
        if old != new and not stays:
            changes[self._price(old)] = 0.0

    def _move_ladder(
        self, changes: dict[float, float], old: int, new: int, outward: int, salt: int
    ) -> None:
        """Change the rungs from those beginning at ``old`` to those beginning at ``new``.

        ``outward`` is the direction away from the top: -1 for bids. ``old`` 0 is an empty side.
        """
        shift = (new - old) * outward if old else LADDER_LEVELS
        before = range(old, old + outward * LADDER_LEVELS, outward) if old else range(0)
        after = range(new, new + outward * LADDER_LEVELS, outward)
        if shift == 0:
            return
        if shift > 0:
            gone, came, passed = before[:shift], after[-shift:], max(LADDER_LEVELS - shift, 0)
        else:
            gone, came, passed = before[shift:], after[:-shift], 0
        spacing = self._spacing
        for rung in gone:
            changes[self._price(rung * spacing)] = 0.0
        for distance, rung in enumerate(came, passed + 1):
            changes[self._price(rung * spacing)] = self._lots(distance, salt + rung)

    def _refresh(self, changes: dict[float, float], edge: int, outward: int, bits: int) -> None:
        """Give one rung a new size."""
        distance = bits % LADDER_LEVELS
        rung = edge + outward * distance
        changes[self._price(rung * self._spacing)] = self._lots(distance + 1, bits >> 8)

    def _price(self, ticks: int) -> float:
        return ticks * self._tick.units / self._tick.scale

    def _size(self, lots: int) -> float:
        return lots * self._step.units / self._step.scale

    def _lots(self, distance: int, choice: int) -> float:
        """Return a level's size in base units, smaller with the distance from the best."""
        decay = 1.0 - (1.0 - FAR_SHARE) * distance / LADDER_LEVELS
        lots = int(self._level_lots * decay * self._table[choice & 255])
        return self._size(max(1, lots))


# Sixteen bits have a deviation of 2 in their number of ones.
_NOISE_STEP = NOISE_DEVIATION * sqrt(NOISE_REVERSION * (2.0 - NOISE_REVERSION)) / 2.0
