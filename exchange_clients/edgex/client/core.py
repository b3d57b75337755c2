"""edgeX as a whole: its vocabularies in one record."""

from __future__ import annotations

from exchange_clients.base_models import Feature
from exchange_clients.edgex.client.managers.account_manager import EdgexAccount
from exchange_clients.edgex.client.managers.market_data import EdgexMarkets
from exchange_clients.edgex.client.managers.order_manager import EdgexOrders
from exchange_clients.edgex.client.managers.position_manager import EdgexPositions
from exchange_clients.edgex.client.utils.errors import read_error
from exchange_clients.edgex.client.utils.signing import EdgexSigner
from exchange_clients.edgex.common import (
    ENVIRONMENTS,
    FIELDS,
    ID_SPACE,
    LIMITS,
    MARKET_BOUND,
    NAME,
    get_edgex_symbol_format,
    normalize_symbol,
)
from exchange_clients.edgex.funding_adapter.fetchers import EdgexFunding
from exchange_clients.edgex.websocket.message_handler import EdgexStream
from exchange_clients.shared.credentials import Credentials
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.network import NetworkClient
from exchange_clients.shared.signing import Seal, Signer
from exchange_clients.shared.venue import Account, Environment, PrivateWords, Venue


def _private(
    table: MarketTable, environment: Environment, credentials: Credentials, seal: Seal | None
) -> PrivateWords:
    account_id = credentials["account_id"]
    return PrivateWords(
        signer=EdgexSigner(credentials, seal),
        orders=EdgexOrders(table, account_id),
        positions=EdgexPositions(table, account_id),
        account=EdgexAccount(table, account_id),
    )


def _stream(table: MarketTable, account: Account, signer: Signer | None) -> EdgexStream:
    return EdgexStream(table, signer if isinstance(signer, EdgexSigner) else None)


VENUE = Venue(
    name=NAME,
    environments=ENVIRONMENTS,
    fields=FIELDS,
    id_space=ID_SPACE,
    limits=LIMITS,
    read_error=read_error,
    markets=EdgexMarkets(),
    funding=EdgexFunding(),
    stream=_stream,
    private=_private,
    normalize_symbol=normalize_symbol,
    symbol_format=get_edgex_symbol_format,
    features=frozenset(
        {Feature.CONDITIONAL_ORDERS, Feature.LIQUIDATION_EVENTS, Feature.ATTACHED_EXITS}
    ),
    bounded_market_orders=True,
    market_bound=MARKET_BOUND,
)


class EdgexClient(NetworkClient):
    """A trading client of edgeX; see ``NetworkClient``."""

    VENUE = VENUE
