from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

from exchange_clients.errors import StaleData
from exchange_clients.portfolio import Portfolio, Sums
from exchange_clients.unified import ClientAdapter, Position, PositionSide

D = Decimal


def held(exchange: str, symbol: str, quantity: str, mark: str | None, **told: Any) -> Position:
    size = D(quantity)
    unknown = dict.fromkeys(
        ("liquidation_price", "unrealized_pnl", "realized_pnl", "leverage", "margin",
         "take_profit", "stop_loss", "entry_price")
    )  # fmt: skip
    return Position(
        **{
            **unknown,
            "symbol": symbol,
            "side": "BUY" if size > 0 else "SELL",
            "quantity": abs(size),
            "mark_price": None if mark is None else D(mark),
            "exchange": exchange,
            "position_side": PositionSide.BOTH,
            **told,
        }
    )


def test_long_and_short_offset_in_net_and_add_up_in_gross() -> None:
    portfolio = Portfolio.of(
        [
            held("okx", "BTC", "1", "100"),
            held("bybit", "BTC", "-0.4", "110"),
            held("okx", "ETH", "-2", "10"),
        ]
    )
    btc, eth = portfolio.exposures
    assert (btc.symbol, btc.net_tokens) == ("BTC", D("0.6"))
    assert btc.sums == Sums(D(56), D(144))
    assert btc.by_exchange == {"okx": Sums(D(100), D(100)), "bybit": Sums(D(-44), D(44))}
    assert (eth.symbol, eth.sums) == ("ETH", Sums(D(-20), D(20)))
    assert portfolio.by_exchange["okx"] == Sums(D(80), D(120))
    assert portfolio.total == Sums(D(36), D(164))
    assert portfolio.complete


def test_units_of_another_size_are_the_same_token() -> None:
    (pepe,) = Portfolio.of(
        [held("bybit", "1000PEPE", "2", "0.01"), held("okx", "PEPE", "-2000", "0.00001")]
    ).exposures
    assert (pepe.symbol, pepe.net_tokens, pepe.sums.net_usd) == ("PEPE", D(0), D(0))
    assert pepe.sums.gross_usd == D("0.04")


def test_a_position_without_mark_is_worth_its_entry_and_one_without_both_is_told() -> None:
    at_entry = held("okx", "BTC", "1", None, entry_price=D(90))
    unpriced = held("okx", "ETH", "1", None)
    portfolio = Portfolio.of([at_entry, unpriced])
    assert portfolio.total == Sums(D(90), D(90))
    assert portfolio.unpriced == (unpriced,)
    assert not portfolio.complete


class Exchange(ClientAdapter):
    """An exchange that is only asked for positions."""

    def __init__(self, name: str, positions: list[Position] | Exception) -> None:
        self._name = name
        self._positions = positions

    async def get_open_positions(self, symbol: str | None = None) -> list[Position]:
        if isinstance(self._positions, Exception):
            raise self._positions
        return self._positions


def test_an_exchange_that_cannot_be_read_is_told_beside_the_others() -> None:
    position = held("okx", "BTC", "1", "100")
    exchanges = [Exchange("okx", [position]), Exchange("bybit", StaleData("ask again"))]
    portfolio = asyncio.run(Portfolio.read(exchanges))
    assert portfolio.total.net_usd == 100
    assert portfolio.unread == {"bybit": "ask again"}
    assert not portfolio.complete
