"""Which exchange is the cheapest for one order, all in; nothing waits here.

What is compared is the price per token after walking the book, the fee, and the funding that the
next settlement takes or gives. Prices are judged against one reference, the middle of all books,
and exchanges against each other by cost per notional, since each rounds the size to its own step.
What is not known excludes an exchange: it never counts as nothing. So does a price that is too good
or too bad to be true: the cheapest book is else the one that is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from exchange_clients.base_funding_adapter import FundingRateSample
from exchange_clients.base_models import ZERO, DepthView, Level, Market, Side

BASIS_POINTS = Decimal(10_000)
BOOK_AGE_MAX_S = 5.0
APART_MAX = Decimal("0.02")
"""How far from the others' an exchange's price may lie, as a fraction; perpetuals of one coin are
held together by funding and stay within a tenth of it."""
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class RouteOrder:
    """What is to be traded somewhere: a number of tokens, or what a notional buys of them."""

    symbol: str
    """The plain symbol: ``"BTC"``."""
    side: Side
    tokens: Decimal | None = None
    notional_usd: Decimal | None = None
    maker: bool = False
    """Whether it rests at the best price of its side, which may never be filled."""

    def __post_init__(self) -> None:
        amount = self.tokens if self.notional_usd is None else self.notional_usd
        if (self.tokens is None) == (self.notional_usd is None) or amount is None or amount <= 0:
            raise ValueError("give tokens or notional_usd, one of them and above zero")


@dataclass(frozen=True, slots=True)
class Offer:
    """What an exchange says of a market now."""

    exchange: str
    market: Market
    depth: DepthView
    book_age_s: float
    funding: FundingRateSample | None

    @property
    def middle(self) -> Decimal:
        """Half way between the best prices, per token."""
        bid, ask = self.depth.bids[0].price, self.depth.asks[0].price
        return (bid + ask) / 2 / self.market.multiplier


@dataclass(frozen=True, slots=True)
class Ranked:
    """What the order costs at one exchange, in USD; below zero is earned."""

    exchange: str
    market: Market
    size: Decimal
    """In the market's own unit, on its step."""
    price: Decimal
    """On average, per unit of the market."""
    notional_usd: Decimal
    """At the reference price."""
    slippage_usd: Decimal
    """Against the reference price."""
    fee_usd: Decimal
    funding_usd: Decimal
    maker: bool

    @property
    def all_in_usd(self) -> Decimal:
        """Everything together."""
        return self.slippage_usd + self.fee_usd + self.funding_usd

    @property
    def all_in_bps(self) -> Decimal:
        """Everything together, in basis points of the notional."""
        return self.all_in_usd / self.notional_usd * BASIS_POINTS

    def explained(self) -> str:
        """Say in one line what the cost is made of."""
        role = "maker" if self.maker else "taker"
        return (
            f"{self.exchange}: {self.size.normalize():f} at {self.price:.8g}, "
            f"slippage {_usd(self.slippage_usd)}, {role} fee {_usd(self.fee_usd)}, "
            f"next funding {_usd(self.funding_usd)}: {_usd(self.all_in_usd)} USD all in, "
            f"{self.all_in_bps:.2f} bps"
        )


@dataclass(frozen=True, slots=True)
class Ranking:
    """Exchanges by what an order costs there, the cheapest first."""

    order: RouteOrder
    reference_price: Decimal | None
    """Per token; None where no exchange tells a price."""
    ranked: tuple[Ranked, ...]
    excluded: tuple[tuple[str, str], ...]
    """Exchanges that cannot be compared, and why."""

    def explained(self) -> list[str]:
        """Say line by line how it was ranked."""
        places = [f"{place}. {row.explained()}" for place, row in enumerate(self.ranked, 1)]
        return [*places, *(f"-  {exchange}: left out, {why}" for exchange, why in self.excluded)]


def rank(
    order: RouteOrder,
    offers: Sequence[Offer],
    excluded: Sequence[tuple[str, str]] = (),
    *,
    book_age_max_s: float = BOOK_AGE_MAX_S,
    apart_max: Decimal = APART_MAX,
) -> Ranking:
    """Rank exchanges by what an order costs there.

    Args:
        order: What is to be traded.
        offers: What the exchanges say.
        excluded: Exchanges that said nothing, and why.
        book_age_max_s: Older books are left out.
        apart_max: Prices further from the others', as a fraction of these, are left out.
    """
    left_out = list(excluded)
    usable: list[Offer] = []
    for offer in offers:
        why = _unusable(offer, book_age_max_s)
        if why is None:
            usable.append(offer)
        else:
            left_out.append((offer.exchange, why))
    believed, absurd = _believed(usable, apart_max)
    left_out += absurd
    if not believed:
        return Ranking(order, None, (), tuple(left_out))
    reference = median(offer.middle for offer in believed)
    ranked: list[Ranked] = []
    for offer in believed:
        cost = _cost(order, offer, reference, apart_max)
        if isinstance(cost, str):
            left_out.append((offer.exchange, cost))
        else:
            ranked.append(cost)
    ranked.sort(key=lambda row: (row.all_in_bps, row.exchange))
    return Ranking(order, reference, tuple(ranked), tuple(left_out))


def average_price(levels: Sequence[Level], size: Decimal) -> Decimal | None:
    """Return what a size costs on average, level by level; None where the book is too thin."""
    left, paid = size, ZERO
    for level in levels:
        taken = min(left, level.size)
        paid += taken * level.price
        left -= taken
        if left <= 0:
            return paid / size
    return None


def _unusable(offer: Offer, book_age_max_s: float) -> str | None:
    if not offer.depth.bids or not offer.depth.asks:
        return "its book is empty on a side"
    if offer.book_age_s > book_age_max_s:
        return f"its book is {offer.book_age_s:.1f} s old, more than {book_age_max_s:g} s"
    if offer.funding is None:
        return "its funding rate is not known"
    return None


def _believed(
    offers: Sequence[Offer], apart_max: Decimal
) -> tuple[Sequence[Offer], Sequence[tuple[str, str]]]:
    """Return the offers whose prices agree, if they are more than half, and why others are not.

    The one that is furthest off goes first, so that it moves the middle of the others no more.
    """
    believed, absurd = list(offers), list[tuple[str, str]]()
    while believed:
        expected = median(each.middle for each in believed)
        at = max(range(len(believed)), key=lambda at: abs(believed[at].middle - expected))
        low, high = sorted((believed[at].middle, expected))
        # Of two the middle is as far from either as they are from each other by half.
        apart = (high - low) / expected * (2 if len(believed) == 2 else 1)
        if apart <= apart_max:
            break
        wrong = believed.pop(at)
        price = f"{wrong.middle:.8g} is {apart:.1%} away from the others' {expected:.8g}"
        absurd.append((wrong.exchange, f"its price {price}"))
    if 2 * len(believed) > len(offers):
        return believed, absurd
    why = "no majority of exchanges agrees on a price: its own is"
    return (), [(each.exchange, f"{why} {each.middle:.8g}") for each in offers]


def _cost(order: RouteOrder, offer: Offer, reference: Decimal, apart_max: Decimal) -> Ranked | str:
    """Return what an order costs at one exchange, or why it cannot be placed there."""
    market, side = offer.market, order.side
    tokens = order.tokens if order.notional_usd is None else order.notional_usd / reference
    assert tokens is not None, "checked when the order was made"
    size = market.round_size(tokens / market.multiplier)
    buys = side is Side.BUY
    resting, taken = offer.depth.bids, offer.depth.asks
    if not buys:
        resting, taken = taken, resting
    price = resting[0].price if order.maker else average_price(taken, size) if size else ZERO
    if price is None:
        held = sum((level.size for level in taken), ZERO)
        return f"its book holds {held} of {size} within {len(taken)} levels"
    if order.maker and abs(price / market.multiplier - reference) > apart_max * reference:
        return f"its best price {price:.8g} is too far from the others' to rest at"
    for least in _below_minimum(size, price, market):
        return least
    assert offer.funding is not None, "checked before"
    value = size * price
    notional = size * market.multiplier * reference
    return Ranked(
        exchange=offer.exchange,
        market=market,
        size=size,
        price=price,
        notional_usd=notional,
        slippage_usd=side.sign * (value - notional),
        fee_usd=value * (market.maker_fee if order.maker else market.taker_fee),
        funding_usd=side.sign * value * offer.funding.raw_rate,
        maker=order.maker,
    )


def _below_minimum(size: Decimal, price: Decimal, market: Market) -> Iterator[str]:
    if size <= 0 or size < market.min_size:
        yield f"size {size} is below its minimum {max(market.min_size, market.step)}"
    elif size * price < market.min_notional:
        yield f"notional {size * price:.2f} is below its minimum {market.min_notional}"


def _usd(amount: Decimal) -> str:
    return f"{amount.quantize(_CENT)}"
