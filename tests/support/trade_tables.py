"""Small tables of trades in the form of the real ones, to be spoilt in one place."""

from __future__ import annotations

START_MS = 1_741_046_404_000
HEADER = (
    "TimestampOfReceive,Stream,EventType,EventTime,TransactionTime,Symbol,TradeId,Price,Quantity,"
    "IsBuyerMarketMaker,XUnknownParameter"
)
QUALITY_REPORT = ("#" * 40, "# Data Quality Report for:", "# TRADE_STREAM USD_M_FUTURES TRXUSDT")


def trade_row(number: int, price: str, size: str, *, sold: bool = False, **changes: str) -> str:
    """Return the trade received ``number`` ms after the start, 3 ms after it happened."""
    at_ms = START_MS + number
    fields = {
        "TimestampOfReceive": f"{at_ms}",
        "Stream": "trxusdt@trade",
        "EventType": "trade",
        "EventTime": f"{at_ms - 2}",
        "TransactionTime": f"{at_ms - 3}",
        "Symbol": "TRXUSDT",
        "TradeId": f"{548_321_769 + number}",
        "Price": price,
        "Quantity": size,
        "IsBuyerMarketMaker": f"{sold:d}",
        "XUnknownParameter": "MARKET",
    }
    assert changes.keys() <= fields.keys()
    return ",".join((fields | changes).values())


def waves(count: int, every_ms: int = 500) -> list[str]:
    """Return a table whose price goes 40 ticks down and up again, over and over.

    Two of three trades take in the direction in which the price goes, the third against it.
    """
    rows = [*QUALITY_REPORT, HEADER]
    for number in range(count):
        place = number % 160
        falling = place < 80
        ticks = 23_140 - (place if falling else 160 - place) // 2
        sold = falling is (number % 3 != 2)
        price, size = f"{ticks / 100_000:.5f}", f"{2000 + number % 7}.0"
        rows.append(trade_row(number * every_ms, price, size, sold=sold))
    return rows
