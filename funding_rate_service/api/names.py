"""Names of the past: venues and symbols that were ever told of, in any letter case.

Imported histories may be of venues that nobody asks now, and of symbols that are listed no more.
"""

from __future__ import annotations

from collections.abc import Iterable

from funding_rate_service.api.state import Now, ServiceState, Unknown
from funding_rate_service.core.values import SeriesKey


def told_dex(state: ServiceState, now: Now, name: str) -> str:
    """Return a venue as it is known.

    Raises:
        Unknown: there is none; names near ones.
    """
    venues = {*now.snapshot.states, *(key.venue for key in state.reader.series())}
    return _known("dex", name, (name.lower(),), venues)


def told_symbol(state: ServiceState, now: Now, name: str) -> str:
    """Return a symbol of any venue as it is known.

    Raises:
        Unknown: there is none; names near ones.
    """
    symbols = {*now.snapshot.by_symbol, *(key.symbol for key in state.reader.series())}
    return _known("symbol", name, (name, name.upper()), symbols)


def told_series(state: ServiceState, now: Now, dex: str, symbol: str) -> SeriesKey:
    """Return a series as it is known.

    Raises:
        Unknown: the venue is not known, or lists no such symbol; names near ones.
    """
    venue = told_dex(state, now, dex)
    told = (key.symbol for key in state.reader.series() if key.venue == venue)
    symbols = {*now.symbols_of(venue), *told}
    return SeriesKey(venue, _known("symbol", symbol, (symbol, symbol.upper()), symbols))


def _known(parameter: str, given: str, spellings: Iterable[str], known: set[str]) -> str:
    for name in spellings:
        if name in known:
            return name
    raise Unknown(parameter, given, sorted(known))
