"""Binance's public funding data."""

from exchange_clients.binance.client.core import VENUE
from exchange_clients.shared.network import NetworkFundingAdapter


class BinanceFundingAdapter(NetworkFundingAdapter):
    """Rates, volume and open interest of Binance; see ``NetworkFundingAdapter``."""

    VENUE = VENUE
