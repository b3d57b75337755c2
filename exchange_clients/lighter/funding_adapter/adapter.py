"""Lighter's public funding data."""

from exchange_clients.lighter.client.core import VENUE
from exchange_clients.shared.network import NetworkFundingAdapter


class LighterFundingAdapter(NetworkFundingAdapter):
    """Rates, volume and open interest of Lighter; see ``NetworkFundingAdapter``."""

    VENUE = VENUE
