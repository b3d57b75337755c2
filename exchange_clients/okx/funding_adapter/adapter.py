"""The funding adapter of OKX."""

from exchange_clients.okx.client.core import VENUE
from exchange_clients.shared.network import NetworkFundingAdapter


class OkxFundingAdapter(NetworkFundingAdapter):
    """Public funding data of OKX."""

    VENUE = VENUE
