"""The fields of money, side, id and status that each venue's client reads, and who guards them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from tests.conformance.flips import Field, Flip


class Guards(Enum):
    """The cases that must notice when a field of some kind means something else."""

    ORDERS = (
        "test_life_of_an_order_is_heard_without_asking",
        "test_fill_is_heard_as_the_venue_booked_it",
        "test_handlers_hear_each_state_once_in_order",
        "test_partial_fills_add_up",
    )
    FILLS = ("test_fill_is_heard_as_the_venue_booked_it", "test_partial_fills_add_up")
    HISTORY = ("test_trade_history_is_the_venues", "test_trade_history_of_one_order_is_its_own")
    ACTIVE = ("test_active_orders_are_the_venues_oldest_first",)
    POSITIONS = (
        "test_position_from_before_is_read_at_the_start",
        "test_position_is_detailed_as_the_venue_has_it",
        "test_short_position_is_below_zero",
    )
    MONEY = (
        "test_balance_is_what_can_be_used",
        "test_total_value_is_balance_and_unrealised_profit",
        "test_profit_is_the_venues",
    )
    BOOK = ("test_live_book_follows_every_change",)
    DEPTH = ("test_depth_by_request_is_the_venues",)


AMOUNT = (Flip.RENAMED, Flip.SCALED, Flip.NEGATED)
LEVEL = (Flip.SCALED, Flip.NEGATED)
WORD = (Flip.RENAMED, Flip.OTHER)
ID = (Flip.RENAMED, Flip.OTHER)
NUMBER = (Flip.RENAMED, Flip.SCALED)


@dataclass(frozen=True, slots=True)
class Watched:
    """Fields of one kind of message, each with the flips that make sense of it."""

    kind: str
    guards: Guards
    leaves: Mapping[str, Sequence[Flip]]

    def flips(self) -> list[tuple[Field, Flip]]:
        """Return every field with every flip."""
        return [
            (Field(self.kind, leaf), flip) for leaf, some in self.leaves.items() for flip in some
        ]


def _each(flips: Sequence[Flip], *leaves: str) -> dict[str, Sequence[Flip]]:
    return dict.fromkeys(leaves, flips)


WORDS: Mapping[str, str] = {
    "Bid": "Ask", "Ask": "Bid", "New": "Filled", "Filled": "Cancelled", "Cancelled": "New",
    "PartiallyFilled": "New", "OPEN": "FILLED", "FILLED": "CANCELLED", "CANCELLED": "OPEN",
    "open": "filled", "filled": "canceled", "canceled": "open", "PENDING": "FILLED",
    "BTC_USDC_PERP": "ETH_USDC_PERP", "BTC_USDT_Perp": "ETH_USDT_Perp",
    "NEW": "OPEN", "CLOSED": "OPEN", "BUY": "SELL", "SELL": "BUY",
    "MAKER": "TAKER", "TAKER": "MAKER", "LONG": "SHORT", "SHORT": "LONG",
    "BTC-USD-PERP": "ETH-USD-PERP",
    "BTCUSDT": "ETHUSDT",
    "orderFill": "orderAccepted", "orderAccepted": "orderFill",
}  # fmt: skip
"""For each word another that the same field may hold."""

WATCHED: Mapping[str, Sequence[Watched]] = {
    "backpack": (
        Watched(
            "frame account.orderUpdate",
            Guards.ORDERS,
            _each(WORD, "s", "S", "X")
            | _each(AMOUNT, "q", "l", "L", "n", "T")
            | _each(NUMBER, "i")
            | _each((Flip.RENAMED,), "t", "z")
            | _each(WORD, "m"),
        ),
        Watched(
            "/wapi/v1/history/fills",
            Guards.HISTORY,
            _each(WORD, "symbol", "side", "isMaker")
            | _each(AMOUNT, "price", "quantity", "fee")
            | _each((Flip.RENAMED,), "tradeId", "orderId", "timestamp"),
        ),
        Watched(
            "/api/v1/orders",
            Guards.ACTIVE,
            _each(WORD, "side", "status", "symbol") | _each(AMOUNT, "price", "quantity"),
        ),
        Watched(
            "/api/v1/position",
            Guards.POSITIONS,
            _each(WORD, "symbol") | _each(AMOUNT, "netQuantity", "entryPrice", "pnlUnrealized"),
        ),
        Watched(
            "/api/v1/capital/collateral",
            Guards.MONEY,
            _each(AMOUNT, "netEquity", "netEquityAvailable", "pnlUnrealized"),
        ),
        Watched(
            "/api/v1/depth", Guards.DEPTH, _each(LEVEL, "bids[0]", "bids[1]", "asks[0]", "asks[1]")
        ),
        Watched(
            "frame depth",
            Guards.BOOK,
            _each(LEVEL, "b[0]", "b[1]", "a[0]", "a[1]") | _each(NUMBER, "U", "u"),
        ),
    ),
    "binance": (
        Watched(
            "frame ORDER_TRADE_UPDATE",
            Guards.ORDERS,
            _each(WORD, "s", "S", "X", "m")
            | _each(AMOUNT, "q", "l", "L", "n")
            | _each(NUMBER, "i")
            | _each((Flip.RENAMED,), "t", "z"),
        ),
        Watched(
            "/fapi/v1/userTrades",
            Guards.HISTORY,
            _each(WORD, "symbol", "side", "maker")
            | _each(AMOUNT, "price", "qty", "commission")
            | _each((Flip.RENAMED,), "id", "orderId", "time"),
        ),
        Watched(
            "/fapi/v1/openOrders",
            Guards.ACTIVE,
            _each(WORD, "side", "status", "symbol") | _each(AMOUNT, "price", "origQty"),
        ),
        Watched(
            "/fapi/v3/positionRisk",
            Guards.POSITIONS,
            _each(WORD, "symbol")
            | _each(AMOUNT, "positionAmt", "entryPrice")
            | _each(LEVEL, "unRealizedProfit")
            | _each((Flip.RENAMED,), "positionSide"),
        ),
        Watched(
            "/fapi/v3/account",
            Guards.MONEY,
            _each(AMOUNT, "availableBalance", "totalMarginBalance", "totalUnrealizedProfit"),
        ),
        Watched(
            "/fapi/v1/depth", Guards.DEPTH, _each(LEVEL, "bids[0]", "bids[1]", "asks[0]", "asks[1]")
        ),
        Watched(
            "frame depthUpdate",
            Guards.BOOK,
            _each(LEVEL, "b[0]", "b[1]", "a[0]", "a[1]")
            | _each(NUMBER, "u", "pu")
            | _each((Flip.RENAMED,), "U"),
        ),
    ),
    "edgex": (
        Watched(
            "frame trade-event",
            Guards.ORDERS,
            _each(WORD, "status", "side", "contractId", "clientOrderId")
            | _each(AMOUNT, "size", "price", "cumMatchSize"),
        ),
        Watched(
            "frame trade-event",
            Guards.FILLS,
            _each(WORD, "direction")
            | _each(AMOUNT, "fillSize", "fillPrice", "fillFee")
            | _each(LEVEL, "fillValue", "matchTime")
            | _each((Flip.RENAMED,), "id", "orderId"),
        ),
        Watched(
            "/api/v2/private/order/getHistoryOrderFillTransactionPage",
            Guards.HISTORY,
            _each(WORD, "contractId", "orderSide", "direction")
            | _each(AMOUNT, "fillSize", "fillPrice", "fillFee")
            | _each(LEVEL, "fillValue", "matchTime")
            | _each((Flip.RENAMED,), "id", "orderId"),
        ),
        Watched(
            "/api/v2/private/order/getActiveOrderPage",
            Guards.ACTIVE,
            _each(WORD, "status", "side", "contractId") | _each(AMOUNT, "size", "price"),
        ),
        Watched(
            "/api/v2/private/account/getAccountAsset",
            Guards.POSITIONS,
            _each(WORD, "contractId")
            | _each(AMOUNT, "openSize")
            | _each((Flip.RENAMED, Flip.SCALED), "openValue")
            | _each(LEVEL, "unrealizePnl", "positionValue"),
        ),
        Watched(
            "/api/v2/private/account/getAccountAsset",
            Guards.MONEY,
            _each(AMOUNT, "availableAmount", "totalEquity", "unrealizePnl")
            | _each(NUMBER, "coinId"),
        ),
        Watched("/api/v2/public/quote/getDepth", Guards.DEPTH, _each(AMOUNT, "price", "size")),
        Watched(
            "frame quote-event",
            Guards.BOOK,
            _each(AMOUNT, "price", "size")
            | _each(NUMBER, "startVersion")
            | _each((Flip.RENAMED,), "endVersion")
            | _each(WORD, "contractId")
            | _each((Flip.OTHER,), "depthType"),
        ),
    ),
    "grvt": (
        Watched(
            "frame v1.order",
            Guards.ORDERS,
            _each(WORD, "status", "instrument")
            | _each(AMOUNT, "size", "limit_price")
            | _each(WORD, "is_buying_asset")
            | _each(NUMBER, "client_order_id")
            | _each(NUMBER, "traded_size"),
        ),
        Watched(
            "frame v1.fill",
            Guards.FILLS,
            _each(WORD, "instrument", "is_buyer", "is_taker")
            | _each(AMOUNT, "size", "price", "fee", "event_time")
            | _each((Flip.RENAMED,), "trade_id", "order_id", "client_order_id"),
        ),
        Watched(
            "/full/v1/fill_history",
            Guards.HISTORY,
            _each(WORD, "instrument", "is_buyer", "is_taker")
            | _each(AMOUNT, "size", "price", "fee", "event_time")
            | _each((Flip.RENAMED,), "trade_id", "order_id"),
        ),
        Watched(
            "/full/v1/open_orders",
            Guards.ACTIVE,
            _each(WORD, "status", "is_buying_asset", "instrument")
            | _each(AMOUNT, "size", "limit_price"),
        ),
        Watched(
            "/full/v1/positions",
            Guards.POSITIONS,
            _each(WORD, "instrument") | _each(AMOUNT, "size", "entry_price", "unrealized_pnl"),
        ),
        Watched(
            "/full/v1/account_summary",
            Guards.MONEY,
            _each(AMOUNT, "available_balance", "total_equity", "unrealized_pnl"),
        ),
        Watched("/full/v1/book", Guards.DEPTH, _each(AMOUNT, "price", "size")),
        Watched(
            "frame v1.book.d",
            Guards.BOOK,
            _each(AMOUNT, "price", "size")
            | _each(NUMBER, "sequence_number", "prev_sequence_number"),
        ),
    ),
    "lighter": (
        Watched(
            "frame update/account_all_orders",
            Guards.ORDERS,
            _each(WORD, "is_ask", "status")
            | _each(AMOUNT, "initial_base_amount", "price")
            | _each(NUMBER, "client_order_index", "filled_base_amount", "market_index"),
        ),
        Watched(
            "frame update/account_all_trades",
            Guards.FILLS,
            _each(AMOUNT, "size", "price")
            | _each(NUMBER, "market_id", "bid_account_id")
            | _each((Flip.RENAMED,), "trade_id", "bid_id", "timestamp")
            | _each(WORD, "is_maker_ask")
            | _each((Flip.SCALED,), "taker_fee", "timestamp"),
        ),
        Watched(
            "/api/v1/trades",
            Guards.HISTORY,
            _each(AMOUNT, "size", "price")
            | _each(WORD, "is_maker_ask")
            | _each((Flip.RENAMED,), "trade_id", "bid_account_id"),
        ),
        Watched(
            "/api/v1/accountActiveOrders",
            Guards.ACTIVE,
            _each(WORD, "is_ask", "status") | _each(AMOUNT, "initial_base_amount", "price"),
        ),
        Watched(
            "/api/v1/account",
            Guards.POSITIONS,
            _each(NUMBER, "market_id")
            | _each((Flip.RENAMED, Flip.NEGATED), "sign")
            | _each((Flip.RENAMED, Flip.SCALED), "position", "avg_entry_price", "unrealized_pnl"),
        ),
        Watched(
            "/api/v1/account",
            Guards.MONEY,
            _each(AMOUNT, "available_balance", "total_asset_value", "unrealized_pnl"),
        ),
        Watched(
            "/api/v1/orderBookOrders", Guards.DEPTH, _each(AMOUNT, "price", "remaining_base_amount")
        ),
        Watched(
            "frame update/order_book",
            Guards.BOOK,
            _each(AMOUNT, "price", "size") | _each(NUMBER, "nonce", "begin_nonce"),
        ),
    ),
    "paradex": (
        Watched(
            "frame orders.ALL",
            Guards.ORDERS,
            _each(WORD, "status", "side", "market", "client_id")
            | _each(AMOUNT, "size", "remaining_size", "price"),
        ),
        Watched(
            "frame fills.ALL",
            Guards.FILLS,
            _each(WORD, "market", "liquidity")
            | _each((Flip.RENAMED,), "side", "id", "order_id")
            | _each(AMOUNT, "size", "price", "fee", "created_at"),
        ),
        Watched(
            "/v1/fills",
            Guards.HISTORY,
            _each(WORD, "market", "side", "liquidity")
            | _each(AMOUNT, "size", "price", "fee", "created_at")
            | _each((Flip.RENAMED,), "id", "order_id"),
        ),
        Watched(
            "/v1/orders",
            Guards.ACTIVE,
            _each(WORD, "status", "side", "market")
            | _each(AMOUNT, "size", "price", "remaining_size"),
        ),
        Watched(
            "/v1/positions",
            Guards.POSITIONS,
            _each(WORD, "market", "side", "status")
            | _each((Flip.RENAMED, Flip.SCALED), "size")
            | _each(AMOUNT, "average_entry_price", "unrealized_pnl"),
        ),
        Watched("/v1/account", Guards.MONEY, _each(AMOUNT, "free_collateral", "account_value")),
        Watched(
            "/v1/orderbook/BTC-USD-PERP",
            Guards.DEPTH,
            _each(LEVEL, "bids[0]", "bids[1]", "asks[0]", "asks[1]"),
        ),
    ),
}
"""By venue."""

_AS_SENT = (
    "What was asked for is kept from the sending and not taken from an order's frame, "
    "which tells only how far it came."
)
SURVIVORS: Mapping[tuple[str, str, str, Flip], str] = dict.fromkeys(
    [
        ("backpack", "frame account.orderUpdate", "q", Flip.SCALED),
        ("edgex", "frame trade-event", "size", Flip.SCALED),
        ("edgex", "frame trade-event", "price", Flip.SCALED),
        ("grvt", "frame v1.order", "instrument", Flip.OTHER),
        ("grvt", "frame v1.order", "size", Flip.SCALED),
        ("grvt", "frame v1.order", "limit_price", Flip.SCALED),
        ("grvt", "frame v1.order", "limit_price", Flip.NEGATED),
        ("grvt", "frame v1.order", "is_buying_asset", Flip.OTHER),
        ("lighter", "frame update/account_all_orders", "is_ask", Flip.OTHER),
        ("lighter", "frame update/account_all_orders", "initial_base_amount", Flip.SCALED),
        ("lighter", "frame update/account_all_orders", "price", Flip.SCALED),
        ("lighter", "frame update/account_all_orders", "market_index", Flip.SCALED),
        ("paradex", "frame orders.ALL", "side", Flip.OTHER),
        ("paradex", "frame orders.ALL", "market", Flip.OTHER),
        ("paradex", "frame orders.ALL", "price", Flip.SCALED),
        ("paradex", "frame orders.ALL", "price", Flip.NEGATED),
        # The receipt of a placement tells the venue's id, by which the order is known as well.
        ("paradex", "frame orders.ALL", "client_id", Flip.RENAMED),
        ("paradex", "frame orders.ALL", "client_id", Flip.OTHER),
    ],
    _AS_SENT,
) | dict.fromkeys(
    [
        ("edgex", "frame trade-event", "clientOrderId", Flip.RENAMED),
        ("edgex", "frame trade-event", "clientOrderId", Flip.OTHER),
    ],
    "The venue's own id, which the answer to its creation told, says which order a frame is about.",
)
"""Flips by (venue, kind, leaf, flip) that no case notices, and why none has to."""
