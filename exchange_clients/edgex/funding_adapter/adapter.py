"""edgeX's public funding data."""

from exchange_clients.edgex.client.core import VENUE
from exchange_clients.shared.network import NetworkFundingAdapter


class EdgexFundingAdapter(NetworkFundingAdapter):
    """Rates, volume and open interest of edgeX; see ``NetworkFundingAdapter``."""

    VENUE = VENUE
