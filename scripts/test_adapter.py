"""Ask one venue's funding adapter for everything it tells, and print it: no keys, no order.

    python scripts/test_adapter.py lighter
    python scripts/test_adapter.py binance --symbol ETH --days 3
    python scripts/test_adapter.py okx --environment simulator

Ends with 1 where the venue does not answer, or where anything it tells would be quarantined.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from exchange_clients.errors import ClientConfigError, ExchangeError, UnsupportedFeature
from exchange_clients.shared.clock import SystemClock, to_datetime
from funding_rate_service.collection.screening import screen
from funding_rate_service.collection.venue_source import VenueSource
from funding_rate_service.collection.venues import chosen_venues, open_sources

SHOWN = 20


async def probe(source: VenueSource, symbol: str | None, days: int) -> int:
    """Print rates, figures, a book and settled rates; return the exit code."""
    now_ns = SystemClock().now_ns()
    told = await source.rates()
    good, bad = screen(told.rates, now_ns)
    for row in (*told.unreadable, *bad):
        sys.stdout.write(f"QUARANTINED {row.symbol}: {row.reason}\n")
    shown = [each for each in good if symbol in (None, each.symbol)]
    sys.stdout.write(f"{source.venue}: {len(good)} rates\n")
    for each in shown[:SHOWN]:
        coming = "accrues" if each.next_funding_ns is None else to_datetime(each.next_funding_ns)
        sys.stdout.write(
            f"  {each.symbol:10} {each.rate * 100:+.6f} % / {each.interval_hours} h = "
            f"{each.rate_8h * 100:+.6f} % / 8 h  next {coming}  volume {each.volume_24h_usd} USD  "
            f"open interest {each.open_interest_usd} USD\n"
        )
    if not shown:
        sys.stdout.write(f"no rate of {symbol}\n")
        return 1
    one = shown[0].symbol
    book = await source.book(one)
    sys.stdout.write(f"book of {one}: {book.bids[0].price} / {book.asks[0].price}\n")
    until = to_datetime(now_ns)
    try:
        past = await source.history(one, until - timedelta(days=days), until)
        sys.stdout.write(f"settled in {days} days: {len(past)}\n")
    except UnsupportedFeature:
        sys.stdout.write("tells no settled rates\n")
    return 1 if bad or told.unreadable else 0


async def run(arguments: argparse.Namespace) -> int:
    """Open the venue and ask it."""
    names = chosen_venues(arguments.venue, arguments.environment)
    async with open_sources(names[:1], arguments.environment, os.environ) as (source,):
        try:
            return await probe(source, arguments.symbol, arguments.days)
        finally:
            await source.close()


def main(words: Sequence[str] | None = None) -> int:
    """Read the command line and ask."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("venue")
    parser.add_argument("--environment", default="prod", choices=("prod", "testnet", "simulator"))
    parser.add_argument("--symbol", type=str.upper, help="only this one")
    parser.add_argument("--days", type=int, default=1, help="how far back to ask")
    try:
        return asyncio.run(run(parser.parse_args(words)))
    except ClientConfigError as error:
        parser.error(str(error))
    except (ExchangeError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
