"""A run to report on: a small grid over a seeded random walk, recorded as a bot would."""

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import (
    NS,
    ClientOrderId,
    ContractId,
    Fill,
    Liquidity,
    Market,
    OrderInfo,
    OrderStatus,
    Purpose,
    Side,
    Symbol,
    TradeId,
    VenueOrderId,
)
from exchange_clients.events import FundingPayment
from exchange_clients.shared.clock import Rng, parse_instant
from reporting.panel_state import Vitals
from reporting.record import RunRecorder
from reporting.report import RunMeta, SourceMeta, WallClock
from reporting.rows import CycleRow

D = Decimal
BTC = ContractId("BTC-PERP")
START_NS = parse_instant("2026-03-02T00:00:00+00:00")
MAKER_FEE = D("0.0002")
STEP_S = 15
MARKET = Market(Symbol("BTC"), BTC, tick=D("0.1"), step=D("0.00001"))


def new_recorder(
    start_ns: int = START_NS, balance: str = "10000", vitals: Vitals | None = None
) -> RunRecorder:
    known = vitals or Vitals()
    return RunRecorder(
        market=MARKET,
        start_ns=start_ns,
        starting_balance=D(balance),
        vitals=lambda: known,
    )


def order(
    key: str,
    side: Side,
    price: str | Decimal,
    size: str | Decimal,
    status: OrderStatus = OrderStatus.OPEN,
    filled: str | Decimal = "0",
    at_ns: int = START_NS,
) -> OrderInfo:
    return OrderInfo(
        order_id=VenueOrderId(f"v-{key}"),
        client_order_id=ClientOrderId(f"c-{key}"),
        contract_id=BTC,
        side=side,
        size=D(size),
        price=D(price),
        status=status,
        filled_size=D(filled),
        reduce_only=key.startswith("close"),
        updated_ns=at_ns,
    )


def fill(
    trade_id: str,
    side: Side,
    price: str | Decimal,
    size: str | Decimal,
    fee: str | Decimal = "0",
    at_ns: int = START_NS,
) -> Fill:
    return Fill(
        trade_id=TradeId(trade_id),
        order_id=VenueOrderId(f"o-{trade_id}"),
        client_order_id=None,
        contract_id=BTC,
        side=side,
        price=D(price),
        size=D(size),
        fee=D(fee),
        fee_asset="USDC",
        liquidity=Liquidity.MAKER,
        venue_ns=at_ns,
    )


def funding(payment_id: str, amount: str | Decimal, at_ns: int = START_NS) -> FundingPayment:
    return FundingPayment(payment_id, BTC, D(amount), "USDC", D("0.0001"), D("0.01"), at_ns)


@dataclass
class Lot:
    """An open entry of the sample grid."""

    number: int
    entry: Decimal
    close: Decimal
    opened_ns: int


class SampleGrid:
    """Buys a step below the last open lot and sells each lot a little higher."""

    def __init__(self, seed: int, *, take_profit: str = "0.0016", step: str = "0.0012") -> None:
        self._rng = Rng(seed)
        self._tp, self._step = D(take_profit), D(step)
        self.recorder = new_recorder()
        self.size = D("0.00273")
        self.lots: list[Lot] = []
        self.cycles: list[CycleRow] = []
        self._price = 62_000.0
        self._pending: tuple[str, Decimal] | None = None
        self._number = 0

    def run(self, hours: float) -> "SampleGrid":
        for step in range(int(hours * 3600 / STEP_S)):
            now_ns = START_NS + step * STEP_S * NS
            wave = self._rng.uniform(-1, 1) + self._rng.uniform(-1, 1) + self._rng.uniform(-1, 1)
            self._price *= 1 + 0.00028 * wave + (62_000 - self._price) * 1.2e-8
            bid = D(int(self._price * 10)) / 10
            self.recorder.sample(now_ns, bid, bid + D("0.1"))
            self._trade(now_ns, bid)
            if step and step % (8 * 3600 // STEP_S) == 0 and self.lots:
                self.recorder.on_funding(
                    funding(f"f{step}", -(self.size * len(self.lots) * bid * D("0.0001")), now_ns)
                )
        return self

    def _trade(self, now_ns: int, bid: Decimal) -> None:
        if self._pending and bid < self._pending[1]:
            self._enter(now_ns, *self._pending)
        for lot in [lot for lot in self.lots if bid > lot.close]:
            self._close(now_ns, lot)
        low = min((lot.entry for lot in self.lots), default=D(10**9))
        if self._pending is None and len(self.lots) < 12 and bid < low * (1 - self._step):
            self._number += 1
            price = bid - D("0.2")
            self._pending = (f"entry-{self._number}", price)
            info = order(self._pending[0], Side.BUY, price, self.size, at_ns=now_ns)
            self.recorder.on_order(self._pending[0], Purpose.ENTRY, info)

    def _enter(self, now_ns: int, key: str, price: Decimal) -> None:
        self._pending = None
        self._fill(now_ns, key, Purpose.ENTRY, Side.BUY, price)
        raw = price * (1 + self._tp)
        close = D(int(raw * 10) + 1) / 10
        self.lots.append(Lot(self._number, price, close, now_ns))
        info = order(f"close-{self._number}", Side.SELL, close, self.size, at_ns=now_ns)
        self.recorder.on_order(f"close-{self._number}", Purpose.CLOSE, info)

    def _close(self, now_ns: int, lot: Lot) -> None:
        self.lots.remove(lot)
        self._fill(now_ns, f"close-{lot.number}", Purpose.CLOSE, Side.SELL, lot.close)
        self.cycles.append(
            CycleRow(
                number=len(self.cycles) + 1,
                side="buy",
                opened_ns=lot.opened_ns,
                closed_ns=now_ns,
                size=self.size,
                entry_price=lot.entry,
                exit_price=lot.close,
                gross_pnl=(lot.close - lot.entry) * self.size,
                fees=(lot.close + lot.entry) * self.size * MAKER_FEE,
            )
        )

    def _fill(self, now_ns: int, key: str, purpose: Purpose, side: Side, price: Decimal) -> None:
        fee = price * self.size * MAKER_FEE
        self.recorder.on_fill(
            key, purpose, fill(f"t-{key}", side, price, self.size, fee=fee, at_ns=now_ns)
        )
        done = order(key, side, price, self.size, OrderStatus.FILLED, self.size, now_ns)
        self.recorder.on_order(key, purpose, done)


def sample_grid(hours: float = 24, seed: int = 7) -> SampleGrid:
    grid = SampleGrid(seed).run(hours)
    recorder = grid.recorder
    recorder.on_gap(START_NS + 5 * 3600 * NS, "update 81213 is missing; closed until a snapshot")
    recorder.on_note(START_NS + 6 * 3600 * NS, "an entry was refused: post_only_would_cross")
    return grid


def sample_meta(grid: SampleGrid, *, wall_start_ns: int = START_NS) -> RunMeta:
    return RunMeta(
        strategy="grid",
        venue="paper",
        ticker="BTC",
        contract_id=BTC,
        parameters={
            "take_profit": D("0.16"),
            "grid_step": D("0.12"),
            "quantity": grid.size,
            "direction": Side.BUY,
            "max_orders": 12,
            "wait_time": 35.0,
            "stop_price": None,
            "boost": False,
        },
        source=SourceMeta("synthetic seed=7", "quotes", 5760),
        clock=WallClock.between(wall_start_ns, wall_start_ns + 1_482_000_000),
        outcome="the market data ended",
        code_version="0.1.0",
        assumptions=(
            "maker fee 2 bp, taker fee 5 bp: the recording does not tell fees",
            "tick 0.1 inferred from prices",
        ),
        cycles=tuple(grid.cycles),
        refusals={"post_only_would_cross": 1},
        venue_balance=grid.recorder.balance,
        quote_asset="USDC",
    )
