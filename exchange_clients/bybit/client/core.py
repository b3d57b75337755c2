"""Bybit as a whole: its vocabularies in one record, and its client."""

from __future__ import annotations

from exchange_clients.base_models import Feature
from exchange_clients.bybit import common
from exchange_clients.bybit.client.managers.account_manager import BybitAccount
from exchange_clients.bybit.client.managers.market_data import BybitMarkets
from exchange_clients.bybit.client.managers.order_manager import BybitOrders
from exchange_clients.bybit.client.managers.position_manager import BybitPositions
from exchange_clients.bybit.client.utils.entry import BybitEntry
from exchange_clients.bybit.client.utils.errors import read_error
from exchange_clients.bybit.client.utils.signing import BybitSigner
from exchange_clients.bybit.funding_adapter.fetchers import BybitFunding
from exchange_clients.bybit.websocket.message_handler import BybitStream
from exchange_clients.shared.credentials import Credentials
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.network import NetworkClient
from exchange_clients.shared.signing import Seal, hmac_seal
from exchange_clients.shared.venue import Environment, PrivateWords, Venue


def _private(
    table: MarketTable, environment: Environment, credentials: Credentials, seal: Seal | None
) -> PrivateWords:
    seal = seal or hmac_seal(credentials["api_secret"])
    signer = BybitSigner(credentials["api_key"], seal)
    return PrivateWords(
        signer=signer,
        orders=BybitOrders(table),
        positions=BybitPositions(table),
        account=BybitAccount(),
        entry=None if environment.name == common.DEMO else BybitEntry(signer),
    )


VENUE = Venue(
    name=common.NAME,
    environments=common.ENVIRONMENTS,
    fields=common.FIELDS,
    id_space=common.ID_SPACE,
    limits=common.LIMITS,
    read_error=read_error,
    markets=BybitMarkets(),
    funding=BybitFunding(),
    stream=lambda table, account, signer: BybitStream(table, signer),
    private=_private,
    normalize_symbol=common.normalize_symbol,
    symbol_format=common.get_bybit_symbol_format,
    features=frozenset(
        {
            Feature.CONDITIONAL_ORDERS,
            Feature.TRAILING_STOP,
            Feature.LIQUIDATION_EVENTS,
            Feature.HEDGE_MODE,
            Feature.ATTACHED_EXITS,
        }
    ),
    visibility_s=10.0,
)


class BybitClient(NetworkClient):
    """A trading client of Bybit."""

    VENUE = VENUE
