"""The funding adapter of Bybit."""

from exchange_clients.bybit.client.core import VENUE
from exchange_clients.shared.network import NetworkFundingAdapter


class BybitFundingAdapter(NetworkFundingAdapter):
    """Public funding data of Bybit."""

    VENUE = VENUE
