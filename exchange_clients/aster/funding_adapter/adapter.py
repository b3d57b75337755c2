"""Aster's public funding data."""

from exchange_clients.aster.client.core import VENUE
from exchange_clients.shared.network import NetworkFundingAdapter


class AsterFundingAdapter(NetworkFundingAdapter):
    """Rates, volume and open interest of Aster; see ``NetworkFundingAdapter``."""

    VENUE = VENUE
