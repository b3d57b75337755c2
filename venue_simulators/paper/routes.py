"""Every path, with what it reads; paths with an account need a signature."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from venue_simulators.paper import asked
from venue_simulators.paper.account_desk import AccountDesk
from venue_simulators.paper.asked import read_body, read_query
from venue_simulators.paper.public_desk import PublicDesk
from venue_simulators.paper.rows import Row
from venue_simulators.wire import HttpRequest

A = TypeVar("A", bound=asked.Asked)
Place: TypeAlias = tuple[str, str]
"""Method and path."""


@dataclass(frozen=True, slots=True)
class Route:
    """One path; ``answer`` takes the request and, where ``private``, whose it is."""

    answer: Callable[[HttpRequest, str], Row]
    private: bool = False


def routes(public: PublicDesk, account: AccountDesk) -> Mapping[Place, Route]:
    """Return the paths of the venue."""
    return {
        ("GET", "/time"): _open(asked.Asked, public.time),
        ("GET", "/markets"): _open(asked.Asked, public.markets),
        ("GET", "/book"): _open(asked.Book, public.book),
        ("GET", "/trades"): _open(asked.Trades, public.trades),
        ("GET", "/candles"): _open(asked.Candles, public.candles),
        ("GET", "/tickers"): _open(asked.MaybeMarket, public.tickers),
        ("GET", "/funding"): _open(asked.Span, public.settled),
        ("POST", "/order"): _body(asked.Place, account.place),
        ("PATCH", "/order"): _body(asked.Amend, account.amend),
        ("DELETE", "/order"): _query(asked.OneOrder, account.cancel),
        ("GET", "/order"): _query(asked.OneOrder, account.order),
        ("GET", "/orders"): _query(asked.OpenOrders, account.open_orders),
        ("DELETE", "/orders"): _query(asked.MaybeMarket, account.cancel_all),
        ("GET", "/fills"): _query(asked.Span, account.fills),
        ("GET", "/payments"): _query(asked.Span, account.payments),
        ("GET", "/positions"): _query(asked.Asked, account.positions),
        ("GET", "/balance"): _query(asked.Asked, account.balance),
        ("GET", "/leverage"): _query(asked.OfMarket, account.leverage),
        ("PUT", "/leverage"): _body(asked.SetLeverage, account.set_leverage),
    }


def _open(kind: type[A], answer: Callable[[A], Row]) -> Route:
    return Route(lambda request, _: answer(read_query(request.params, kind)))


def _query(kind: type[A], answer: Callable[[str, A], Row]) -> Route:
    return Route(
        lambda request, account: answer(account, read_query(request.params, kind)), private=True
    )


def _body(kind: type[A], answer: Callable[[str, A], Row]) -> Route:
    return Route(
        lambda request, account: answer(account, read_body(request.body, kind)), private=True
    )
