"""Nautilus Trader's backtest engine on the same quotes with an equal grid, written in Python.

Runs in the peers' environment: ``python nautilus_grid.py COUNT`` prints one JSON line.
"""

from __future__ import annotations

import json
import math
import sys
import time
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig, StrategyConfig
from nautilus_trader.model.currencies import BTC, USDT
from nautilus_trader.model.data import QuoteTick
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide, TimeInForce
from nautilus_trader.model.identifiers import InstrumentId, Symbol, TraderId, Venue
from nautilus_trader.model.instruments import CryptoPerpetual
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.trading.strategy import Strategy
from quote_walk import quote_ticks

VENUE = Venue("SIM")
INSTRUMENT = InstrumentId(Symbol("BTCUSDT-PERP"), VENUE)
SIZE = Quantity.from_str("0.010")
MAX_ORDERS = 10
WAIT_NS = 5_000_000_000


def instrument() -> CryptoPerpetual:
    return CryptoPerpetual(
        instrument_id=INSTRUMENT,
        raw_symbol=Symbol("BTCUSDT"),
        base_currency=BTC,
        quote_currency=USDT,
        settlement_currency=USDT,
        is_inverse=False,
        price_precision=1,
        price_increment=Price.from_str("0.1"),
        size_precision=3,
        size_increment=Quantity.from_str("0.001"),
        max_quantity=None,
        min_quantity=Quantity.from_str("0.001"),
        max_notional=None,
        min_notional=None,
        max_price=None,
        min_price=None,
        margin_init=Decimal("0.05"),
        margin_maint=Decimal("0.005"),
        maker_fee=Decimal("0.0002"),
        taker_fee=Decimal("0.0005"),
        ts_event=0,
        ts_init=0,
    )


class Grid(Strategy):
    """One entry at a time, a take-profit for each fill, at most 10, a step and a cooldown.

    The rules are those of the grid it is compared with: the wait after an entry grows with the
    closes that are open, and a filled close waives it once. A venue tells a fill after the quote
    that made it, so the first quote to be decided on is the next one.
    """

    def __init__(self) -> None:
        super().__init__(StrategyConfig(strategy_id="GRID-1"))
        self.entry = None
        self.closes: dict = {}
        self.opened_ns = 0
        self.waived = True
        self.filled_ns = 0
        self.fills = 0

    def on_start(self) -> None:
        self.subscribe_quote_ticks(INSTRUMENT)

    def on_quote_tick(self, tick: QuoteTick) -> None:
        closes = len(self.closes)
        if self.entry is not None or closes >= MAX_ORDERS or tick.ts_event <= self.filled_ns:
            return
        if not self.waived and tick.ts_event <= self.opened_ns + wait_ns(closes):
            return
        ask = float(tick.ask_price)
        lowest = min(self.closes.values(), default=None)
        if lowest is not None and lowest <= ask * 1.0002 * 1.0001:
            return
        price = Price(ask - 0.2, 1)
        self.entry = self.order_factory.limit(
            INSTRUMENT, OrderSide.BUY, SIZE, price, TimeInForce.GTC, post_only=True
        )
        self.submit_order(self.entry)

    def on_order_filled(self, event) -> None:  # type: ignore[no-untyped-def]
        self.fills += 1
        self.filled_ns = event.ts_event
        if self.entry is not None and event.client_order_id == self.entry.client_order_id:
            if not self.entry.is_closed:
                return
            self.entry = None
            target = Price(math.ceil(round(float(event.last_px) * 10) * 1.0002) / 10, 1)
            order = self.order_factory.limit(
                INSTRUMENT, OrderSide.SELL, SIZE, target, TimeInForce.GTC, reduce_only=True
            )
            self.closes[order.client_order_id] = float(target)
            self.opened_ns = event.ts_event
            self.waived = False
            self.submit_order(order)
        elif self.cache.order(event.client_order_id).is_closed:
            self.closes.pop(event.client_order_id, None)
            self.waived = True

    def on_order_rejected(self, event) -> None:  # type: ignore[no-untyped-def]
        self.entry = None


def wait_ns(closes: int) -> int:
    """Return the wait after an entry while so many closes are open."""
    if 3 * closes >= 2 * MAX_ORDERS:
        return 2 * WAIT_NS
    if 3 * closes >= MAX_ORDERS:
        return WAIT_NS
    return WAIT_NS // 2 if 6 * closes >= MAX_ORDERS else WAIT_NS // 4


def main(count: int) -> None:
    engine = BacktestEngine(
        BacktestEngineConfig(
            trader_id=TraderId("BENCH-1"), logging=LoggingConfig(bypass_logging=True)
        )
    )
    engine.add_venue(
        VENUE, OmsType.NETTING, AccountType.MARGIN, [Money(1_000_000, USDT)], base_currency=USDT
    )
    engine.add_instrument(instrument())
    size = Quantity.from_str("5.000")
    ticks = [
        QuoteTick(INSTRUMENT, Price(bid / 10, 1), Price(ask / 10, 1), size, size, at, at)
        for at, bid, ask in quote_ticks(count)
    ]
    engine.add_data(ticks)
    grid = Grid()
    engine.add_strategy(grid)
    started = time.process_time()
    engine.run()
    seconds = time.process_time() - started
    engine.dispose()
    print(json.dumps({"quotes_per_s": count / seconds, "fills": grid.fills}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
