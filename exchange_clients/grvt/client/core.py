"""GRVT as a whole: its vocabularies in one record."""

from __future__ import annotations

from exchange_clients.base_models import Feature
from exchange_clients.grvt.client.managers.account_manager import GrvtAccount, GrvtSessions
from exchange_clients.grvt.client.managers.market_data import GrvtMarkets
from exchange_clients.grvt.client.managers.order_manager import GrvtOrders
from exchange_clients.grvt.client.managers.position_manager import GrvtPositions
from exchange_clients.grvt.client.utils.errors import read_error
from exchange_clients.grvt.client.utils.signing import GrvtSigner
from exchange_clients.grvt.common import (
    ENVIRONMENTS,
    FIELDS,
    ID_SPACE,
    LIMITS,
    NAME,
    get_grvt_symbol_format,
    normalize_symbol,
)
from exchange_clients.grvt.funding_adapter.fetchers import GrvtFunding
from exchange_clients.grvt.websocket.message_handler import GrvtStream
from exchange_clients.shared.credentials import Credentials
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.network import NetworkClient
from exchange_clients.shared.signing import Seal, Signer
from exchange_clients.shared.venue import Account, Environment, PrivateWords, Venue


def _private(
    table: MarketTable, environment: Environment, credentials: Credentials, seal: Seal | None
) -> PrivateWords:
    account_id = credentials["trading_account_id"]
    chain_id = environment.constants["chain_id"]
    return PrivateWords(
        signer=GrvtSigner(account_id, credentials["private_key"], chain_id, seal),
        orders=GrvtOrders(table, account_id),
        positions=GrvtPositions(account_id),
        account=GrvtAccount(account_id),
        session=GrvtSessions(credentials["api_key"]),
    )


def _stream(table: MarketTable, account: Account, signer: Signer | None) -> GrvtStream:
    return GrvtStream(table, account.get("trading_account_id"))


VENUE = Venue(
    name=NAME,
    environments=ENVIRONMENTS,
    fields=FIELDS,
    id_space=ID_SPACE,
    limits=LIMITS,
    read_error=read_error,
    markets=GrvtMarkets(),
    funding=GrvtFunding(),
    stream=_stream,
    private=_private,
    normalize_symbol=normalize_symbol,
    symbol_format=get_grvt_symbol_format,
    features=frozenset({Feature.CONDITIONAL_ORDERS, Feature.LIQUIDATION_EVENTS}),
)


class GrvtClient(NetworkClient):
    """A trading client of GRVT; see ``NetworkClient``."""

    VENUE = VENUE
