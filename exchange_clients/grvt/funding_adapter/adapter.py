"""GRVT's public funding data."""

from exchange_clients.grvt.client.core import VENUE
from exchange_clients.shared.network import NetworkFundingAdapter


class GrvtFundingAdapter(NetworkFundingAdapter):
    """Rates, volume and open interest of GRVT; see ``NetworkFundingAdapter``."""

    VENUE = VENUE
