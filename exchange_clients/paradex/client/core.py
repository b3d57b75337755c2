"""Paradex as a whole: its vocabularies in one record."""

from __future__ import annotations

from exchange_clients.base_models import Feature, TimeInForce
from exchange_clients.paradex.client.managers.account_manager import (
    ParadexAccount,
    ParadexSessions,
)
from exchange_clients.paradex.client.managers.market_data import ParadexMarkets
from exchange_clients.paradex.client.managers.order_manager import ParadexOrders
from exchange_clients.paradex.client.managers.position_manager import ParadexPositions
from exchange_clients.paradex.client.utils.errors import read_error
from exchange_clients.paradex.client.utils.signing import ParadexSigner
from exchange_clients.paradex.common import (
    ENVIRONMENTS,
    FIELDS,
    ID_SPACE,
    LIMITS,
    NAME,
    get_paradex_symbol_format,
    normalize_symbol,
)
from exchange_clients.paradex.funding_adapter.fetchers import ParadexFunding
from exchange_clients.paradex.websocket.message_handler import ParadexStream
from exchange_clients.shared.credentials import Credentials
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.network import NetworkClient
from exchange_clients.shared.signing import Seal, Signer
from exchange_clients.shared.venue import Account, Environment, PrivateWords, Venue


def _private(
    table: MarketTable, environment: Environment, credentials: Credentials, seal: Seal | None
) -> PrivateWords:
    address, key = credentials["l2_address"], credentials["l2_private_key"]
    return PrivateWords(
        signer=ParadexSigner(address, key, environment.constants["chain_id"], seal),
        orders=ParadexOrders(),
        positions=ParadexPositions(),
        account=ParadexAccount(table, address),
        session=ParadexSessions(),
    )


def _stream(table: MarketTable, account: Account, signer: Signer | None) -> ParadexStream:
    return ParadexStream(table)


VENUE = Venue(
    name=NAME,
    environments=ENVIRONMENTS,
    fields=FIELDS,
    id_space=ID_SPACE,
    limits=LIMITS,
    read_error=read_error,
    markets=ParadexMarkets(),
    funding=ParadexFunding(),
    stream=_stream,
    private=_private,
    normalize_symbol=normalize_symbol,
    symbol_format=get_paradex_symbol_format,
    features=frozenset({Feature.CONDITIONAL_ORDERS, Feature.LIQUIDATION_EVENTS}),
    times_in_force=frozenset(TimeInForce) - {TimeInForce.FOK},
    voids_fills=True,
)


class ParadexClient(NetworkClient):
    """A trading client of Paradex; see ``NetworkClient``."""

    VENUE = VENUE
