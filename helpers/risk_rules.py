"""Every rule of risk as a pure function: facts and limits in, an answer with its reason out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from exchange_clients.base_models import NS, ZERO, Symbol
from helpers.risk_values import (
    AccountFacts,
    Denial,
    DenialCode,
    HeldPosition,
    MarginFailures,
    OrderQuestion,
    RiskAction,
    RiskLimits,
    RiskState,
    RiskVerdict,
)

NEXT_STATE: Mapping[tuple[RiskState, RiskAction], RiskState] = {
    (RiskState.ACTIVE, RiskAction.NONE): RiskState.ACTIVE,
    (RiskState.ACTIVE, RiskAction.PAUSE_TRADING): RiskState.REDUCING,
    (RiskState.ACTIVE, RiskAction.CLOSE_WORST_POSITIONS): RiskState.REDUCING,
    (RiskState.ACTIVE, RiskAction.EMERGENCY_CLOSE_ALL): RiskState.HALTED,
    (RiskState.REDUCING, RiskAction.NONE): RiskState.ACTIVE,
    (RiskState.REDUCING, RiskAction.PAUSE_TRADING): RiskState.REDUCING,
    (RiskState.REDUCING, RiskAction.CLOSE_WORST_POSITIONS): RiskState.REDUCING,
    (RiskState.REDUCING, RiskAction.EMERGENCY_CLOSE_ALL): RiskState.HALTED,
    (RiskState.HALTED, RiskAction.NONE): RiskState.HALTED,
    (RiskState.HALTED, RiskAction.PAUSE_TRADING): RiskState.HALTED,
    (RiskState.HALTED, RiskAction.CLOSE_WORST_POSITIONS): RiskState.HALTED,
    (RiskState.HALTED, RiskAction.EMERGENCY_CLOSE_ALL): RiskState.HALTED,
}
"""The life of a gate. It is total; entries pass in ACTIVE alone, and nothing leaves HALTED."""

SEVERITY = tuple(RiskAction)
"""Mildest first: of several verdicts the last one by this order holds."""


def verdict_of(facts: AccountFacts, limits: RiskLimits, now_ns: int) -> RiskVerdict:
    """Say what an account's value, its refusals and its positions ask for, the gravest first.

    A loss counts however old the reading is: what was lost then is not known to be back.
    """
    if facts.loss >= limits.emergency_loss:
        return RiskVerdict(
            RiskAction.EMERGENCY_CLOSE_ALL, _lost("value", facts.loss, limits.emergency_loss)
        )
    if facts.loss >= limits.reduce_loss and _starved(facts.failures, limits, now_ns):
        why = f"{facts.failures.count} refusals for want of margin in a row"
        return RiskVerdict(
            RiskAction.CLOSE_WORST_POSITIONS,
            f"{_lost('value', facts.loss, limits.reduce_loss)}, and {why}",
        )
    reason = _pause_reason(facts, limits, now_ns)
    return RiskVerdict(RiskAction.PAUSE_TRADING, reason) if reason else RiskVerdict()


def gravest(verdicts: Sequence[RiskVerdict]) -> RiskVerdict:
    """Return the gravest verdict, the first one of equals."""
    return max(verdicts, key=lambda each: SEVERITY.index(each.action), default=RiskVerdict())


def together(accounts: Sequence[AccountFacts], peak: Decimal) -> AccountFacts:
    """Return several accounts as one, as old as the oldest reading among them.

    Of refusals in a row, the longest row counts.

    Args:
        accounts: One for each venue.
        peak: The highest value that all of them had together, before this one.
    """
    assert accounts, "no account"
    value = sum((each.value for each in accounts), start=ZERO)
    return AccountFacts(
        baseline=sum((each.baseline for each in accounts), start=ZERO),
        peak=max(peak, value),
        value=value,
        read_ns=min(each.read_ns for each in accounts),
        positions=tuple(held for each in accounts for held in each.positions),
        failures=max((each.failures for each in accounts), key=lambda row: row.count),
    )


def worst_positions(positions: Sequence[HeldPosition], share: Decimal) -> tuple[HeldPosition, ...]:
    """Return max(1, ``share``) of the losing positions, worst first; none where none loses."""
    losing = [each for each in positions if each.unrealised is not None and each.unrealised < 0]
    losing.sort(key=lambda each: (each.unrealised, each.venue, each.contract_id))
    return tuple(losing[: max(1, int(len(losing) * share))])


def after_verdict(failures: MarginFailures, *, refused: bool, now_ns: int) -> MarginFailures:
    """Count a refusal for want of margin; an order that the venue took ends the row."""
    if not refused:
        return MarginFailures()
    return MarginFailures(failures.count + 1, failures.first_ns or now_ns)


def deny_order(order: OrderQuestion, limits: RiskLimits) -> Denial | None:
    """Say why one entry by itself is not sent; None where its limits allow it."""
    too_old = limits.data_age_s is not None and (
        order.age_s is None or order.age_s > limits.data_age_s
    )
    if too_old and not order.priced_apart:
        age = "never heard" if order.age_s is None else f"{order.age_s:.1f} s old"
        return Denial(
            DenialCode.DATA_AGE,
            f"{order.symbol} on {order.venue} is {age}, risk.data_age_seconds allows "
            f"{limits.data_age_s:g}",
        )
    if limits.order_size is not None and order.size > limits.order_size:
        return _above(
            DenialCode.ORDER_SIZE, "size", order.size, "max_order_size", limits.order_size
        )
    exposure = order.exposure
    if limits.order_notional is not None:
        if exposure is None:
            return _no_price(order)
        if abs(exposure) > limits.order_notional:
            return _above(
                DenialCode.ORDER_NOTIONAL,
                "notional",
                abs(exposure),
                "max_order_notional_usd",
                limits.order_notional,
            )
    return _deny_price(order, limits)


def deny_rate(admitted: int, wanted: int, limits: RiskLimits) -> Denial | None:
    """Say why no more entries are sent, with ``admitted`` of them in the last minute."""
    most = limits.orders_per_minute
    if most is None or admitted + wanted <= most:
        return None
    return Denial(
        DenialCode.ORDER_RATE,
        f"{admitted} entries were sent within a minute, risk.max_orders_per_minute allows {most}",
    )


def deny_portfolio(
    orders: Sequence[OrderQuestion],
    held: Sequence[tuple[Symbol, Decimal]],
    value: Decimal,
    limits: RiskLimits,
) -> Denial | None:
    """Say why entries that are sent together do not fit beside what is held on all venues.

    Args:
        orders: The entries.
        held: Signed exposures by symbol: positions, and orders not yet seen in them.
        value: Of all accounts.
        limits: What is allowed.
    """
    if limits.gross_exposure is None and limits.net_exposure is None and limits.leverage is None:
        return None
    added = [(each.symbol, each.exposure) for each in orders]
    known = [(symbol, exposure) for symbol, exposure in added if exposure is not None]
    if len(known) < len(added):
        return _no_price(next(each for each in orders if each.exposure is None))
    gross = sum((abs(exposure) for _, exposure in (*held, *known)), start=ZERO)
    if limits.gross_exposure is not None and gross > limits.gross_exposure:
        return _above(
            DenialCode.GROSS_EXPOSURE,
            "gross exposure",
            gross,
            "max_gross_exposure_usd",
            limits.gross_exposure,
        )
    if limits.leverage is not None and gross > limits.leverage * value:
        return Denial(
            DenialCode.PORTFOLIO_LEVERAGE,
            f"gross exposure {_usd(gross)} by a value of {_usd(value)} is above "
            f"risk.max_portfolio_leverage {limits.leverage}",
        )
    return _deny_net(known, held, limits)


def _deny_net(
    added: Sequence[tuple[Symbol, Decimal]],
    held: Sequence[tuple[Symbol, Decimal]],
    limits: RiskLimits,
) -> Denial | None:
    """An entry that makes a symbol's net exposure smaller passes, however large it still is."""
    if limits.net_exposure is None:
        return None
    for symbol in dict.fromkeys(symbol for symbol, _ in added):
        before = sum((exposure for name, exposure in held if name == symbol), start=ZERO)
        more = sum((exposure for name, exposure in added if name == symbol), start=ZERO)
        after = abs(before + more)
        if after > limits.net_exposure and after > abs(before):
            return _above(
                DenialCode.NET_EXPOSURE,
                f"net exposure to {symbol}",
                after,
                "max_net_exposure_usd",
                limits.net_exposure,
            )
    return None


def _deny_price(order: OrderQuestion, limits: RiskLimits) -> Denial | None:
    """A price on the far side of the book gives nothing away; it passes however far it is."""
    if limits.price_collar is None or order.price is None or order.priced_apart:
        return None
    if order.middle is None:
        return _no_price(order)
    worse = order.side.sign * (order.price - order.middle) / order.middle
    if worse <= limits.price_collar:
        return None
    return Denial(
        DenialCode.PRICE_COLLAR,
        f"{order.side} at {order.price} is {_percent(worse)} worse than the middle of the book, "
        f"{order.middle}; risk.price_collar_percent allows {_percent(limits.price_collar)}",
    )


def _pause_reason(facts: AccountFacts, limits: RiskLimits, now_ns: int) -> str:
    if limits.drawdown is not None and facts.drawdown >= limits.drawdown:
        return _lost("highest value", facts.drawdown, limits.drawdown)
    near = near_liquidation(facts.positions, limits.liquidation_distance)
    if near:
        return near[0][1]
    age_s = (now_ns - facts.read_ns) / NS
    if age_s > limits.account_age_s:
        return (
            f"the value of the account is {age_s:.0f} s old, risk.account_age_seconds allows "
            f"{limits.account_age_s:g}"
        )
    return ""


def near_liquidation(
    positions: Sequence[HeldPosition], least: Decimal | None
) -> list[tuple[HeldPosition, str]]:
    """Return the positions nearer to their liquidation than a fraction of the mark, and why."""
    found = []
    for each in positions:
        if least is None or not each.mark or each.liquidation is None:
            continue
        way = 1 if each.quantity > 0 else -1
        distance = way * (each.mark - each.liquidation) / each.mark
        if distance < least:
            why = (
                f"{each.symbol} on {each.venue} is {_percent(distance)} from its liquidation at "
                f"{each.liquidation}, risk.liquidation_distance_percent wants {_percent(least)}"
            )
            found.append((each, why))
    return found


def _starved(failures: MarginFailures, limits: RiskLimits, now_ns: int) -> bool:
    """Whether margin was refused so often, for so long, that it will not return by itself."""
    long_enough = now_ns - failures.first_ns >= limits.margin_failure_s * NS
    return failures.count >= limits.margin_failures and long_enough


def _no_price(order: OrderQuestion) -> Denial:
    return Denial(
        DenialCode.PRICE_UNKNOWN, f"{order.symbol} on {order.venue} has no price to judge it by"
    )


def _above(code: DenialCode, what: str, is_: Decimal, key: str, most: Decimal) -> Denial:
    return Denial(code, f"{what} {is_.normalize():f} is above risk.{key} {most.normalize():f}")


def _lost(of: str, lost: Decimal, limit: Decimal) -> str:
    return f"{_percent(lost)} of the {of} is lost, the limit is {_percent(limit)}"


def _percent(share: Decimal) -> str:
    return f"{share * 100:.2f} %"


def _usd(amount: Decimal) -> str:
    return f"{amount:.2f} USD"
