"""What a stream says first, when it has just been subscribed to."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from venue_simulators.lighter import wording
from venue_simulators.lighter.account_rows import asset_row, position_rows, stats
from venue_simulators.lighter.channels import Channel
from venue_simulators.lighter.listing import contract, market_id, venue_symbol
from venue_simulators.lighter.market_rows import stats_row
from venue_simulators.lighter.orders import block_height, order_row
from venue_simulators.lighter.private import transaction_row
from venue_simulators.lighter.state import AccountBook, State
from venue_simulators.lighter.terms import MS
from venue_simulators.lighter.trades import trade_id, trade_row

FIRST_NONCE = 9_182_000_000
"""What is added to the world's number of a book's change."""
_TRADES_SHOWN = 50


def snapshot(state: State, channel: Channel) -> dict[str, object]:
    """Return the body of ``subscribed/<name>``, without its type and channel."""
    if channel.account is not None:
        return _PRIVATE[channel.name](state, state.books[channel.account], channel)
    return _PUBLIC[channel.name](state, channel)


def _order_book(state: State, channel: Channel) -> dict[str, object]:
    market = state.world.markets[contract(channel.market or 0)]
    depth, number = state.world.depth(market.contract_id)
    book = {
        "code": 0,
        "asks": wording.levels(market, [(one.price, one.size) for one in depth.asks]),
        "bids": wording.levels(market, [(one.price, one.size) for one in depth.bids]),
        "nonce": FIRST_NONCE + number,
        "begin_nonce": 0,
        "last_updated_at": wording.microseconds(state.now_ns),
    }
    return {"order_book": book, "timestamp": state.now_ms}


def ticker(state: State, market: int) -> dict[str, object]:
    """Return the best prices of a market; also what ``update/ticker`` says."""
    known = state.world.markets[contract(market)]
    bid, ask, number = state.world.best(known.contract_id)
    return {
        "nonce": FIRST_NONCE + number,
        "ticker": {
            "s": venue_symbol(known),
            "a": wording.best_level(known, ask),
            "b": wording.best_level(known, bid),
            "last_updated_at": wording.microseconds(state.now_ns),
        },
        "timestamp": state.now_ms,
    }


def market_stats(state: State, market: int | None) -> dict[str, object]:
    """Return the statistics of one market, or of all by their numbers."""
    if market is not None:
        rows: object = stats_row(state, state.world.markets[contract(market)])
    else:
        rows = {
            str(market_id(one.contract_id)): stats_row(state, one)
            for one in state.world.markets.values()
        }
    return {"market_stats": rows, "timestamp": state.now_ms}


def height(state: State) -> dict[str, object]:
    """Return the present block."""
    return {"height": block_height(state.now_ns), "timestamp": state.now_ms}


def _trades(state: State, channel: Channel) -> dict[str, object]:
    market = state.world.markets[contract(channel.market or 0)]
    latest = state.world.trades(market.contract_id, _TRADES_SHOWN)
    fees = state.fees[market.contract_id]
    rows = [trade_row(state.trades.of_public(one, market), fees) for one in latest]
    number = trade_id(latest[-1].number, market.contract_id) if latest else 0
    return {"trades": rows[::-1], "liquidation_trades": [], "nonce": number}


def orders(state: State, book: AccountBook, market: int | None) -> dict[str, object]:
    """Return the open orders of an account by market."""
    rows: dict[str, list[dict[str, object]]] = {}
    for one in book.orders.live.values():
        if market in (None, one.fields.market):
            rows.setdefault(str(one.fields.market), []).append(order_row(one, MS))
    return {"account": book.account.index, "nonce": state.now_ms, "orders": rows}


def past_trades(state: State, book: AccountBook, channel: Channel) -> dict[str, object]:
    """Return fills that are long known, as a flat list and with their volumes."""
    del channel
    latest = list(book.trades)[-_TRADES_SHOWN:]
    volume = float(sum(one.price * one.size for one in book.trades))
    return {
        "trades": [trade_row(one, state.fees[one.market.contract_id]) for one in latest],
        "total_volume": volume,
        "monthly_volume": volume,
        "weekly_volume": volume,
        "daily_volume": volume,
    }


def positions(state: State, book: AccountBook) -> dict[str, object]:
    """Return all positions by market."""
    rows = position_rows(state, book, streamed=True)
    return {"positions": {str(row["market_id"]): row for row in rows}, "shares": []}


def assets(state: State, book: AccountBook) -> dict[str, object]:
    """Return the balances by asset."""
    row = asset_row(state, book)
    return {"assets": {str(row["asset_id"]): row}, "timestamp": state.now_ms}


def _account_all(state: State, book: AccountBook, channel: Channel) -> dict[str, object]:
    del channel
    return {
        "account": book.account.index,
        **assets(state, book),
        **positions(state, book),
        "trades": {},
        "funding_histories": {},
    }


def _account_market(state: State, book: AccountBook, channel: Channel) -> dict[str, object]:
    rows = position_rows(state, book, streamed=True)
    return {
        "account": book.account.index,
        "assets": [asset_row(state, book)],
        "position": next((row for row in rows if row["market_id"] == channel.market), None),
        "orders": [
            order_row(one, MS)
            for one in book.orders.live.values()
            if one.fields.market == channel.market
        ],
        "trades": [],
    }


def _transactions(state: State, book: AccountBook, channel: Channel) -> dict[str, object]:
    del channel
    account = book.account.index
    records = [one for one in state.transactions.values() if one.transaction.account == account]
    return {"account": account, "txs": [transaction_row(one) for one in records[-_TRADES_SHOWN:]]}


_PUBLIC: Mapping[str, Callable[[State, Channel], dict[str, object]]] = {
    "order_book": _order_book,
    "ticker": lambda state, channel: ticker(state, channel.market or 0),
    "market_stats": lambda state, channel: market_stats(state, channel.market),
    "trade": _trades,
    "height": lambda state, _: height(state),
}
_PRIVATE: Mapping[str, Callable[[State, AccountBook, Channel], dict[str, object]]] = {
    "account_all": _account_all,
    "account_market": _account_market,
    "account_orders": lambda state, book, channel: orders(state, book, channel.market),
    "account_all_orders": lambda state, book, _: orders(state, book, None),
    "account_all_trades": past_trades,
    "account_all_positions": lambda state, book, _: positions(state, book),
    "account_all_assets": lambda state, book, _: assets(state, book),
    "user_stats": lambda state, book, _: {"stats": stats(state, book)},
    "account_tx": _transactions,
    "notification": lambda _state, _book, _channel: {"notifs": []},
}
