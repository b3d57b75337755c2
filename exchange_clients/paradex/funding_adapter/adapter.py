"""Paradex's public funding data."""

from exchange_clients.paradex.client.core import VENUE
from exchange_clients.shared.network import NetworkFundingAdapter


class ParadexFundingAdapter(NetworkFundingAdapter):
    """Rates, volume and open interest of Paradex; see ``NetworkFundingAdapter``."""

    VENUE = VENUE
