"""What a run is doing now, as values: the one picture that the API, Telegram and screens show.

Everything is read from local state, at once; nothing asks a venue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from app.control.views import (
    BalanceView,
    MoneyView,
    OrderView,
    PositionView,
    RiskView,
    StatusView,
    VenueView,
)
from app.safety.life_line import progress_of
from app.session import Session
from exchange_clients.base_models import NS, ZERO, ContractId, Fill
from exchange_clients.base_websocket import FeedKind
from helpers.risk_manager import RiskManager
from helpers.risk_values import HeldPosition


def status_of(session: Session) -> StatusView:
    """Return the run in short."""
    settings, risk = session.settings, session.risk
    now_ns = session.clock.now_ns()
    verdict = risk.check(now_ns)
    return StatusView(
        title=session.title,
        strategy=settings.strategy,
        venues=settings.exchange,
        markets=session.settings.markets_in_words,
        account=settings.account,
        environment=settings.environment,
        dry_run=settings.dry_run,
        started_ns=session.started_ns,
        now_ns=now_ns,
        state=str(session.strategy.report().get("state", "")),
        stopping=session.ending.reason or session.bot.outcome,
        paused_by=risk.pause.by,
        entries_stopped=session.bot.gate.reason,
        entries=verdict.entries_allowed and not (session.bot.outcome or session.bot.gate.reason),
        flattening=risk.flattening,
        progress=[progress_of(each) for each in risk.flatness.values()],
        risk=RiskView(
            risk.gate.state.value,
            verdict.action.value,
            verdict.reason,
            {code.value: count for code, count in risk.gate.denials.items()},
        ),
        money=_money(session),
        unhedged_usd=unhedged_of(session),
        alerts=dict(session.strategy.unverified()) if session.started else {},
    )


class OwnedBook:
    """What our fills add up to, kept as they come.

    Asking the journal each time would read all of it, on the loop that trades.
    """

    def __init__(self) -> None:
        self._owned: dict[tuple[str, ContractId], Decimal] = {}

    def load(self, session: Session) -> None:
        """Take what the fills of earlier processes, and of other runs, add up to."""
        for venue in session.clients:
            for contract_id, quantity in session.explained(venue).items():
                self._owned[venue, contract_id] = quantity

    def on_fill(self, venue: str, fill: Fill) -> None:
        """Take a fill."""
        key = (venue, fill.contract_id)
        self._owned[key] = self._owned.get(key, ZERO) + fill.side.sign * fill.size

    def of(self, position: HeldPosition) -> Decimal:
        """Return what is ours of a market, signed."""
        return self._owned.get((position.venue, position.contract_id), ZERO)


def positions_of(session: Session, owned: OwnedBook) -> list[PositionView]:
    """Return every position of the accounts, as read last."""
    return [
        PositionView(
            venue=each.venue,
            symbol=each.symbol,
            contract_id=each.contract_id,
            quantity=each.quantity,
            ours=owned.of(each),
            mark=each.mark,
            unrealised=each.unrealised,
            liquidation=each.liquidation,
            read_ns=read_ns,
        )
        for each, read_ns in _read(session)
    ]


def orders_of(session: Session) -> list[OrderView]:
    """Return our orders that may still trade, the highest price first."""
    return [
        OrderView(each.key, each.purpose, each.side, each.price, each.remaining)
        for each in session.recorder.snapshot().open_orders
    ]


def balances_of(session: Session) -> list[BalanceView]:
    """Return what each account is worth, as read last."""
    managers = {each.name: each for each in session.risk.gate.managers}
    return [_balance(session, name, managers.get(name)) for name in session.venues]


def venues_of(session: Session) -> list[VenueView]:
    """Return how each venue's feeds are."""
    views = []
    for name, venue in session.venues.items():
        stream, market = venue.client.stream, venue.market
        quote = stream.best_bid_offer(market.contract_id)
        views.append(
            VenueView(
                venue=name,
                connected=stream.is_connected,
                book_age_s=stream.age_s(market.contract_id, FeedKind.BOOK),
                private_age_s=stream.age_s(market.contract_id, FeedKind.PRIVATE),
                bid=None if quote is None else market.price_of(quote.bid),
                ask=None if quote is None else market.price_of(quote.ask),
            )
        )
    return views


def report_of(session: Session) -> dict[str, object]:
    """Return what the strategy says of itself, but for its cycles: those may be thousands."""
    told = session.strategy.report()
    return {name: value for name, value in told.items() if name != "cycles"}


def overview_of(session: Session, owned: OwnedBook) -> dict[str, object]:
    """Return everything in one answer, for screens."""
    return {
        "status": status_of(session),
        "positions": positions_of(session, owned),
        "orders": orders_of(session),
        "balances": balances_of(session),
        "venues": venues_of(session),
        "report": report_of(session),
    }


def held_positions(session: Session) -> list[HeldPosition]:
    """Return the positions that were read last."""
    return [each for each, _ in _read(session)]


def unhedged_of(session: Session) -> Decimal | None:
    """Return what of each symbol's positions does not cancel out (USD); None while not known."""
    tokens = []
    for each in held_positions(session):
        multiplier = session.clients[each.venue].get_quantity_multiplier(each.symbol)
        price = None if each.mark is None else each.mark / multiplier
        tokens.append((str(each.symbol), each.quantity * multiplier, price))
    return unhedged_usd(tokens)


def unhedged_usd(holdings: Sequence[tuple[str, Decimal, Decimal | None]]) -> Decimal | None:
    """Return what of holdings does not cancel out.

    Args:
        holdings: Symbol, signed tokens, and the price of a token where it is known (USD).

    Returns:
        All symbols together, each at the highest price that is known of it; None where something
        is left over that has no price.
    """
    nets: dict[str, Decimal] = {}
    prices: dict[str, Decimal] = {}
    for symbol, tokens, price in holdings:
        nets[symbol] = nets.get(symbol, ZERO) + tokens
        if price is not None:
            prices[symbol] = max(prices.get(symbol, ZERO), price)
    left = {symbol: abs(net) for symbol, net in nets.items() if net}
    if any(symbol not in prices for symbol in left):
        return None
    return sum((tokens * prices[symbol] for symbol, tokens in left.items()), start=ZERO)


def age_s(now_ns: int, then_ns: int) -> float:
    """Return seconds between two instants."""
    return (now_ns - then_ns) / NS


def _read(session: Session) -> list[tuple[HeldPosition, int]]:
    return [
        (_marked(session, each), manager.facts.read_ns)
        for manager in session.risk.gate.managers
        if manager.facts is not None
        for each in manager.facts.positions
    ]


def _marked(session: Session, position: HeldPosition) -> HeldPosition:
    """Return a position with a price: some venues tell none beside it, but quote its market."""
    client = session.clients[position.venue]
    quote = client.stream.best_bid_offer(position.contract_id)
    if position.mark is not None or quote is None:
        return position
    market = client.market(position.contract_id)
    return replace(position, mark=(market.price_of(quote.bid) + market.price_of(quote.ask)) / 2)


def _money(session: Session) -> MoneyView:
    recorder = session.recorder
    ledger = recorder.ledger
    return MoneyView(
        equity=recorder.equity,
        realised=ledger.realised,
        unrealised=recorder.unrealised,
        fees=ledger.fees,
        funding=ledger.funding,
        net=ledger.net,
        max_drawdown=recorder.drawdown.amount,
        volume=recorder.volume,
        fills=recorder.fill_count,
    )


def _balance(session: Session, name: str, manager: RiskManager | None) -> BalanceView:
    facts = None if manager is None else manager.facts
    return BalanceView(
        venue=name,
        value=None if facts is None else facts.value,
        baseline=None if facts is None else facts.baseline,
        cash=session.venues[name].balance(),
        read_ns=None if facts is None else facts.read_ns,
    )
