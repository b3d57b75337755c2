"""What is wrong with a leg before money moves, as pure functions: facts in, findings out.

A fact that is None is not known: its finding says so, and never passes for sound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from exchange_clients.base_models import ExchangePositionSnapshot, Market, Symbol
from exchange_clients.shared.account_words import same_leverage

OFFSET_WARN_MS = 250
OFFSET_FAIL_MS = 1000
"""Venues refuse signatures that are seconds off; what is nearer still ages prices and funding."""
MARGIN_SLACK = Decimal("1.05")
MARGIN_EASE = Decimal(2)
"""With less than this much of the margin free, the first adverse move is a margin call."""
LIQUIDATION_NEAR = Decimal("0.05")
BUDGET_SCARCE = 0.25
"""With less than this part of a rate limit free, closing in a hurry may have to wait."""
TAKER_FEE_HIGH = Decimal("0.001")
SPREAD_WIDE = Decimal("0.005")
AGE_WARN_S = 5.0
PRICES_APART = Decimal("0.01")


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    UNKNOWN = "unknown"
    """The venue does not tell, or could not be asked."""
    WARN = "warn"
    FAIL = "fail"
    """The bot should not be started."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of the table."""

    venue: str
    check: str
    level: Level
    found: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    """What is going to be traded; None where it was not said."""

    symbol: Symbol
    notional: Decimal | None = None
    """USD of one position."""
    leverage: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """The book as the stream told it."""

    bid: Decimal
    ask: Decimal
    age_s: float

    @property
    def middle(self) -> Decimal:
        """Between bid and ask."""
        return (self.bid + self.ask) / 2


@dataclass(frozen=True, slots=True)
class LegFacts:
    """What could be learnt of one account and one market."""

    venue: str
    credentials: str = ""
    """What is wrong with them; empty where they are complete and well formed."""
    login: str = ""
    """Why the account could not be opened; empty where it was."""
    refused: bool = False
    """Whether it was the venue that refused the credentials."""
    rate_limited: str = ""
    budget_left: Mapping[str, float] = field(default_factory=dict)
    """Which part of each of the venue's lasting rate limits is free (0 to 1), after all this."""
    offset_ms: float | None = None
    """How far the venue's clock is ahead of ours."""
    market: Market | None = None
    hedged: bool | None = None
    leverage: Decimal | None = None
    max_leverage: Decimal | None = None
    fees: tuple[Decimal, Decimal] | None = None
    """Of the account: maker and taker, as fractions."""
    available: Decimal | None = None
    equity: Decimal | None = None
    positions: Sequence[ExchangePositionSnapshot] | None = None
    open_orders: int | None = None
    funding_hours: Decimal | None = None
    quote: Quote | None = None
    trades: bool | None = None
    """Whether the key, or the account, may trade."""
    withdraws: bool | None = None
    """Whether the key may move money out."""
    isolated: bool | None = None
    """Whether the market's positions have margin of their own."""
    dead_man: bool = False
    """Whether the venue can cancel for a bot that is gone."""
    troubles: Mapping[str, str] = field(default_factory=dict)
    """Why a part is not known, by its check."""


def findings_of(facts: LegFacts, intent: Intent) -> list[Finding]:
    """Return what is to be said of one leg, in the order of the table."""
    if facts.credentials:
        return [
            Finding(
                facts.venue,
                "credentials",
                Level.FAIL,
                facts.credentials,
                "set the variables, or add the account by python -m database.scripts.add_account",
            )
        ]
    found = [Finding(facts.venue, "credentials", Level.OK, "complete and well formed")]
    found.append(_login(facts))
    if facts.login:
        return found
    found += [_clock(facts), _permissions(facts), _rate(facts), _market(facts, intent)]
    if facts.market is not None:
        found += [
            _size(facts, intent),
            _mode(facts),
            _margin_mode(facts),
            _leverage(facts, intent),
            _fees(facts),
            _margin(facts, intent),
            *_positions(facts, intent),
            _orders(facts),
            _funding(facts),
            _stream(facts),
            _dead_man(facts),
        ]
    return found


def findings_between(legs: Sequence[LegFacts]) -> list[Finding]:
    """Return what is to be said of legs together."""
    found: list[Finding] = []
    intervals = {leg.venue: leg.funding_hours for leg in legs if leg.funding_hours is not None}
    if len(dict.fromkeys(intervals.values())) > 1:
        told = ", ".join(f"{venue} {hours:f} h" for venue, hours in intervals.items())
        found.append(
            Finding(
                "all",
                "funding interval",
                Level.WARN,
                f"differs: {told}",
                "compare rates per 8 h; between payments one leg pays alone",
            )
        )
    priced = [(leg.venue, leg.quote.middle) for leg in legs if leg.quote is not None]
    if len(priced) > 1:
        low, *_, high = sorted(priced, key=_price)
        apart = (high[1] - low[1]) / low[1]
        wide = apart > PRICES_APART
        found.append(
            Finding(
                "all",
                "prices",
                Level.FAIL if wide else Level.OK,
                f"{low[0]} {low[1]:f}, {high[0]} {high[1]:f}: {_percent(apart)} apart",
                "look at the contracts: multiplier, collateral, or a venue in trouble"
                if wide
                else "",
            )
        )
    return found


def _login(leg: LegFacts) -> Finding:
    if not leg.login:
        return Finding(leg.venue, "login", Level.OK, "the account answers")
    fix = (
        "make a new key at the venue, allow it to trade futures and from this address"
        if leg.refused
        else "look at the venue's status page, the network and the account's proxy"
    )
    return Finding(leg.venue, "login", Level.FAIL, leg.login, fix)


def _clock(leg: LegFacts) -> Finding:
    if leg.offset_ms is None:
        return _unknown(leg, "clock")
    found = f"{leg.offset_ms:+.0f} ms"
    off = abs(leg.offset_ms)
    if off <= OFFSET_WARN_MS:
        return Finding(leg.venue, "clock", Level.OK, found)
    level = Level.FAIL if off > OFFSET_FAIL_MS else Level.WARN
    return Finding(leg.venue, "clock", level, found, "let chrony or ntpd set the machine's clock")


def _permissions(leg: LegFacts) -> Finding:
    check = "permissions"
    if leg.trades is False:
        fix = "allow the key to trade futures at the venue, and see that the account may"
        return Finding(leg.venue, check, Level.FAIL, "it may not trade", fix)
    if leg.withdraws is None:
        fix = "look at the venue's page of keys: trading allowed, withdrawal not"
        found = leg.troubles.get(check, "withdrawal: not told by the venue")
        return Finding(leg.venue, check, Level.UNKNOWN, found, fix)
    if leg.withdraws:
        fix = "make a key without withdrawal: whoever finds this one takes the money"
        return Finding(leg.venue, check, Level.WARN, "the key may withdraw", fix)
    return Finding(leg.venue, check, Level.OK, "it may trade and not withdraw")


def _rate(leg: LegFacts) -> Finding:
    if leg.rate_limited:
        fix = "wait, and stop what else asks by this address or key; lower its share of requests"
        return Finding(leg.venue, "rate budget", Level.FAIL, leg.rate_limited, fix)
    if not leg.budget_left:
        found = "nothing was refused; its limits are of seconds, and free again after them"
        return Finding(leg.venue, "rate budget", Level.OK, found)
    name = min(leg.budget_left, key=leg.budget_left.__getitem__)
    left = leg.budget_left[name]
    found = f"{left:.0%} or more of each limit is free (least: {name})"
    if left < BUDGET_SCARCE:
        fix = "stop what else asks by this address or key, or wait"
        return Finding(leg.venue, "rate budget", Level.WARN, found, fix)
    return Finding(leg.venue, "rate budget", Level.OK, found)


def _market(leg: LegFacts, intent: Intent) -> Finding:
    if leg.market is not None:
        return Finding(leg.venue, "market", Level.OK, leg.market.contract_id)
    found = leg.troubles.get("market", f"{intent.symbol} is not traded there")
    fix = "choose another --symbol or venue, or wait until it trades"
    return Finding(leg.venue, "market", Level.FAIL, found, fix)


def _size(leg: LegFacts, intent: Intent) -> Finding:
    check = "minimum size"
    if leg.market is None or leg.quote is None:
        return _unknown(leg, check)
    price = leg.quote.middle
    least = leg.market.smallest_size(price)
    worth = least * price
    found = f"{least:f} {leg.market.symbol}, {worth:.2f} USD"
    if intent.notional is None or intent.notional >= worth:
        return Finding(leg.venue, check, Level.OK, found)
    fix = f"raise --notional to {worth:.2f} USD or more"
    return Finding(leg.venue, check, Level.FAIL, found, fix)


def _mode(leg: LegFacts) -> Finding:
    check = "position mode"
    if leg.hedged is None:
        return _unknown(leg, check)
    if leg.hedged:
        fix = "switch to one-way mode at the venue while it is flat"
        return Finding(leg.venue, check, Level.WARN, "hedge mode", fix)
    return Finding(leg.venue, check, Level.OK, "one-way")


def _margin_mode(leg: LegFacts) -> Finding:
    check = "margin mode"
    if leg.isolated is None:
        return _unknown(leg, check)
    if leg.isolated:
        fix = "switch the market to cross margin at the venue while it is flat"
        found = "isolated: a position is liquidated whatever else the account has"
        return Finding(leg.venue, check, Level.WARN, found, fix)
    return Finding(leg.venue, check, Level.OK, "cross")


def _leverage(leg: LegFacts, intent: Intent) -> Finding:
    check = "leverage"
    most, wanted = leg.max_leverage, intent.leverage
    if most is not None and wanted is not None and wanted > most:
        fix = f"lower --leverage to {most:f}"
        return Finding(leg.venue, check, Level.FAIL, f"at most {most:f} in this market", fix)
    if leg.leverage is None:
        return _unknown(leg, check)
    found = f"set to {leg.leverage:f}" + ("" if most is None else f", at most {most:f}")
    if wanted is not None and not same_leverage(leg.leverage, wanted):
        fix = f"set it to {wanted:f} at the venue; funding arbitrage does so by itself"
        return Finding(leg.venue, check, Level.WARN, found, fix)
    return Finding(leg.venue, check, Level.OK, found)


def _fees(leg: LegFacts) -> Finding:
    if leg.fees is None or "fees" in leg.troubles:
        return _unknown(leg, "fees")
    maker, taker = leg.fees
    found = f"maker {_percent(maker)}, taker {_percent(taker)}"
    if taker > TAKER_FEE_HIGH or maker > taker:
        fix = "look at the account's fee tier, and at the presets' profit after fees"
        return Finding(leg.venue, "fees", Level.WARN, found, fix)
    return Finding(leg.venue, "fees", Level.OK, found)


def _margin(leg: LegFacts, intent: Intent) -> Finding:
    check = "free margin"
    if leg.available is None:
        return _unknown(leg, check)
    found = f"{leg.available:.2f} USD" + ("" if leg.equity is None else f" of {leg.equity:.2f}")
    if leg.available <= 0:
        return Finding(leg.venue, check, Level.FAIL, found, "deposit collateral, or free some")
    if intent.notional is None:
        return Finding(leg.venue, check, Level.OK, found)
    need = intent.notional * MARGIN_SLACK / (intent.leverage or leg.leverage or Decimal(1))
    if leg.available < need:
        fix = f"deposit, or lower --notional: {need:.2f} USD are needed"
        return Finding(leg.venue, check, Level.FAIL, found, fix)
    if leg.available < MARGIN_EASE * need:
        fix = "deposit more: an adverse move leaves little"
        return Finding(leg.venue, check, Level.WARN, found, fix)
    return Finding(leg.venue, check, Level.OK, found)


def _positions(leg: LegFacts, intent: Intent) -> list[Finding]:
    check = "positions"
    if leg.positions is None:
        return [_unknown(leg, check)]
    found: list[Finding] = []
    for each in leg.positions:
        told = f"{each.quantity:f} {each.symbol}"
        if _near_liquidation(each):
            fix = "reduce it or deposit before anything is added"
            near = f"{told} is near its liquidation at {each.liquidation_price}"
            found.append(Finding(leg.venue, check, Level.FAIL, near, fix))
        elif each.symbol == intent.symbol:
            fix = "close it, or know that the bot trades beside it and leaves it alone"
            found.append(Finding(leg.venue, check, Level.WARN, f"{told} is open", fix))
    return found or [Finding(leg.venue, check, Level.OK, f"none in {intent.symbol}")]


def _orders(leg: LegFacts) -> Finding:
    check = "open orders"
    if leg.open_orders is None:
        return _unknown(leg, check)
    if leg.open_orders:
        fix = "cancel them, or know that the bot leaves alone what is not its own"
        return Finding(leg.venue, check, Level.WARN, f"{leg.open_orders} in this market", fix)
    return Finding(leg.venue, check, Level.OK, "none in this market")


def _funding(leg: LegFacts) -> Finding:
    if leg.funding_hours is None:
        return _unknown(leg, "funding interval")
    return Finding(leg.venue, "funding interval", Level.OK, f"{leg.funding_hours:f} h")


def _stream(leg: LegFacts) -> Finding:
    check, quote = "stream", leg.quote
    if quote is None:
        found = leg.troubles.get(check, "no sound book in time")
        return Finding(leg.venue, check, Level.FAIL, found, "look at the network and the venue")
    spread = (quote.ask - quote.bid) / quote.middle
    found = f"{quote.age_s:.1f} s old, spread {_percent(spread)}"
    if quote.age_s > AGE_WARN_S:
        return Finding(leg.venue, check, Level.WARN, found, "look at the network; try again")
    if spread > SPREAD_WIDE:
        return Finding(leg.venue, check, Level.WARN, found, "choose a market that is traded more")
    return Finding(leg.venue, check, Level.OK, found)


def _dead_man(leg: LegFacts) -> Finding:
    found = (
        "there is one; risk.dead_man_seconds arms it on an exclusive account"
        if leg.dead_man
        else "none: orders outlive a crash until somebody cancels them"
    )
    return Finding(leg.venue, "dead-man switch", Level.OK, found)


def _near_liquidation(held: ExchangePositionSnapshot) -> bool:
    if not held.mark_price or held.liquidation_price is None:
        return False
    way = 1 if held.quantity > 0 else -1
    return way * (held.mark_price - held.liquidation_price) / held.mark_price < LIQUIDATION_NEAR


def _unknown(leg: LegFacts, check: str) -> Finding:
    return Finding(
        leg.venue, check, Level.UNKNOWN, leg.troubles.get(check, "not told by the venue")
    )


def _price(priced: tuple[str, Decimal]) -> Decimal:
    return priced[1]


def _percent(share: Decimal) -> str:
    return f"{share * 100:.3f} %"
