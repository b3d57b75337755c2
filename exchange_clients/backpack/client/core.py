"""Backpack as a whole: its vocabularies in one record, and its client."""

from __future__ import annotations

from exchange_clients.backpack import common
from exchange_clients.backpack.client.managers.account_manager import BackpackAccount
from exchange_clients.backpack.client.managers.market_data import BackpackMarkets
from exchange_clients.backpack.client.managers.order_manager import BackpackOrders
from exchange_clients.backpack.client.managers.position_manager import BackpackPositions
from exchange_clients.backpack.client.utils.errors import read_error
from exchange_clients.backpack.client.utils.signing import BackpackSigner, ed25519_seal
from exchange_clients.backpack.funding_adapter.fetchers import BackpackFunding
from exchange_clients.backpack.websocket.message_handler import BackpackStream
from exchange_clients.base_models import Feature
from exchange_clients.shared.credentials import Credentials
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.network import NetworkClient
from exchange_clients.shared.signing import Seal
from exchange_clients.shared.venue import BookSource, Environment, PrivateWords, Venue


def _private(
    table: MarketTable, environment: Environment, credentials: Credentials, seal: Seal | None
) -> PrivateWords:
    seal = seal or ed25519_seal(credentials["secret_key"])
    return PrivateWords(
        signer=BackpackSigner(credentials["public_key"], seal),
        orders=BackpackOrders(),
        positions=BackpackPositions(table),
        account=BackpackAccount(),
    )


VENUE = Venue(
    name=common.NAME,
    environments=common.ENVIRONMENTS,
    fields=common.CREDENTIALS,
    id_space=common.ID_SPACE,
    limits=common.LIMITS,
    read_error=read_error,
    markets=BackpackMarkets(),
    funding=BackpackFunding(),
    stream=lambda table, account, signer: BackpackStream(table, signer),
    private=_private,
    normalize_symbol=common.normalize_symbol,
    symbol_format=common.get_backpack_symbol_format,
    features=frozenset(
        {Feature.CONDITIONAL_ORDERS, Feature.LIQUIDATION_EVENTS, Feature.ATTACHED_EXITS}
    ),
    book_source=BookSource.REST,
    visibility_s=30.0,  # the history lags, by how much is not stated
)


class BackpackClient(NetworkClient):
    """A trading client of Backpack."""

    VENUE = VENUE
