"""The funding adapter of Backpack."""

from exchange_clients.backpack.client.core import VENUE
from exchange_clients.shared.network import NetworkFundingAdapter


class BackpackFundingAdapter(NetworkFundingAdapter):
    """Public funding data of Backpack."""

    VENUE = VENUE
