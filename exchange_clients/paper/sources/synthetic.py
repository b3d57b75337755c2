"""An invented market, seeded: several symbols that move together, in calm and stormy weather.

Only integers, the four operations and a square root are used, which IEEE 754 rounds alike
everywhere; logarithms and sines differ in their last bit between C libraries, and one bit is enough
to end in another run. So a seed gives the same bytes on every Python and platform.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt

from exchange_clients.base_models import NS, ContractId, Market, Symbol
from exchange_clients.events import Signal, StreamSignal
from exchange_clients.paper.funding import FundingTerms
from exchange_clients.paper.sources.base import Activity, Liquidity, SourceEvent, SourceInfo
from exchange_clients.paper.sources.synthetic_book import SyntheticBook
from exchange_clients.shared.clock import Rng

SECONDS_A_YEAR = 365 * 24 * 3600
DEFAULT_START_NS = 1_735_689_600 * NS
"""2025-01-01 00:00 UTC."""
WEATHER = (("calm", 0.6, 1800.0), ("normal", 1.0, 2400.0), ("stormy", 2.5, 300.0))
"""Name, factor on volatility, mean duration in seconds."""
COMMON_SHARE = 0.6
"""Part of each symbol's variance that all symbols share; 0.6 is the correlation of two of them."""
INVENTED_ACTIVITY = Activity(volume_24h=Decimal(500_000_000), open_interest=Decimal(200_000_000))
_BITS = 256
_DEVIATION = sqrt(16.0)
"""Of the number of ones among 64 random bits, around 32."""


@dataclass(frozen=True, slots=True)
class SyntheticMarket:
    """One symbol to invent."""

    market: Market
    price: float
    """Where it starts."""
    annual_volatility: float
    """Standard deviation of a year's return, as a fraction."""
    course: str = ""
    """Markets of one course and one seed move alike, whatever they are called; empty: its own."""


def _listed(symbol: str, tick: str, step: str, price: float, volatility: float) -> SyntheticMarket:
    market = Market(
        Symbol(symbol),
        ContractId(f"{symbol}-PERP"),
        tick=Decimal(tick),
        step=Decimal(step),
        min_size=Decimal(step),
        min_notional=Decimal(5),
        maker_fee=Decimal("0.0002"),
        taker_fee=Decimal("0.0005"),
    )
    return SyntheticMarket(market, price, volatility)


DEFAULT_MARKETS = (
    _listed("BTC", "0.1", "0.00001", 62_000.0, 0.5),
    _listed("ETH", "0.01", "0.001", 2_600.0, 0.65),
    _listed("SOL", "0.01", "0.1", 150.0, 0.9),
)


@dataclass(frozen=True, slots=True)
class SyntheticConfig:
    """What to invent."""

    seed: int = 1
    markets: tuple[SyntheticMarket, ...] = DEFAULT_MARKETS
    start_ns: int = DEFAULT_START_NS
    duration_s: float | None = None
    """None is endless."""
    updates_per_s: float = 5.0
    """Book updates of each symbol."""
    funding: FundingTerms | None = None
    """How funding is settled; None leaves it to the venue."""

    def __post_init__(self) -> None:
        if not self.markets:
            raise ValueError("markets must name at least one symbol")
        if self.updates_per_s <= 0:
            raise ValueError(f"updates_per_s must be above zero, got {self.updates_per_s}")
        if self.duration_s is not None and self.duration_s <= 0:
            raise ValueError(f"duration_s must be above zero or None, got {self.duration_s}")

    @property
    def rounds(self) -> int | None:
        """How many updates each symbol gets."""
        return None if self.duration_s is None else round(self.duration_s * self.updates_per_s)


class SyntheticSource:
    """Depth and trades of all markets, in rounds: each round updates every book once."""

    def __init__(self, config: SyntheticConfig) -> None:
        self._config = config
        self.markets: Mapping[ContractId, Market] = {
            one.market.contract_id: one.market for one in config.markets
        }
        rounds = config.rounds
        end_ns = None if rounds is None else config.start_ns + rounds * self._round_ns
        self.info = SourceInfo(
            name=f"synthetic seed={config.seed}",
            liquidity=Liquidity.DEPTH,
            start_ns=config.start_ns,
            end_ns=end_ns,
            total_events=None,
            assumptions=("prices, sizes and trades are invented",),
            activity=dict.fromkeys(self.markets, INVENTED_ACTIVITY),
        )

    @property
    def funding(self) -> FundingTerms | None:
        """Return how funding is settled."""
        return self._config.funding

    @property
    def _round_ns(self) -> int:
        return int(NS / self._config.updates_per_s)

    def events(self) -> Iterator[SourceEvent]:
        """Yield a snapshot of each book, then trades and deltas; ENDED where a duration is set."""
        config = self._config
        rng = Rng(config.seed, "synthetic")
        books = [
            SyntheticBook(one.market, one.price, self._step_deviation(one))
            for one in config.markets
        ]
        draws = [rng.stream(one.course or one.market.contract_id) for one in config.markets]
        for book, draw in zip(books, draws, strict=True):
            yield book.open(draw, config.start_ns)
        yield from self._rounds(books, draws, rng.stream("common"))
        end_ns = self.info.end_ns
        assert end_ns is not None, "an endless source does not end"
        yield StreamSignal(Signal.ENDED, None, end_ns)

    def _rounds(
        self, books: list[SyntheticBook], draws: list[Rng], common: Rng
    ) -> Iterator[SourceEvent]:
        weather = _Weather(self._config.updates_per_s)
        slot_ns = self._round_ns // len(books)
        shared, own = sqrt(COMMON_SHARE), sqrt(1.0 - COMMON_SHARE)
        members = list(zip(books, draws, strict=True))
        rounds, done = self._config.rounds, 0
        while rounds is None or done < rounds:
            bits = common.getrandbits(128)
            factor = weather.step(bits >> 64)
            drift = shared * _normal(bits)
            now_ns = self._config.start_ns + done * self._round_ns
            for book, draw in members:
                chance = draw.getrandbits(_BITS)
                move = factor * (drift + own * _normal(chance))
                # A slot of its own and a delay within it keep the times in order.
                delay_ns = (chance >> 64 & 0xFFFF) * slot_ns >> 16
                yield from book.update(move, factor, chance >> 80, now_ns + delay_ns)
                now_ns += slot_ns
            done += 1

    def _step_deviation(self, one: SyntheticMarket) -> float:
        """Return the deviation of one update's return, so that the weather averages out."""
        total = sum(duration for _, _, duration in WEATHER)
        mean_square = sum(factor * factor * duration / total for _, factor, duration in WEATHER)
        steps_a_year = SECONDS_A_YEAR * self._config.updates_per_s
        return one.annual_volatility / sqrt(steps_a_year * mean_square)


class _Weather:
    """A Markov chain over ``WEATHER``; each spell's end is drawn update by update."""

    def __init__(self, updates_per_s: float) -> None:
        self._state = 1
        self._leave = [int(2**32 / max(duration * updates_per_s, 1.0)) for *_, duration in WEATHER]

    def step(self, bits: int) -> float:
        """Return the factor on volatility of the next round."""
        if bits & 0xFFFFFFFF < self._leave[self._state]:
            # To either of the other two alike.
            self._state = (self._state + 1 + (bits >> 32 & 1)) % len(WEATHER)
        return WEATHER[self._state][1]


def _normal(bits: int) -> float:
    """Return a number that is nearly normal, of mean 0 and deviation 1, from the low 64 bits."""
    return ((bits & 0xFFFFFFFFFFFFFFFF).bit_count() - 32) / _DEVIATION
