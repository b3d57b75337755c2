"""Binance as a whole: the dialect's vocabularies with what is its own, in one record."""

from __future__ import annotations

from exchange_clients.base_models import Feature
from exchange_clients.binance.client.managers.account_manager import BinanceAccount
from exchange_clients.binance.client.managers.order_manager import BinanceOrders
from exchange_clients.binance.client.utils.entry import BinanceEntry
from exchange_clients.binance.client.utils.signing import BinanceSigner, seal_of
from exchange_clients.binance.common import (
    DIALECT,
    ENVIRONMENTS,
    FIELDS,
    ID_SPACE,
    LIMITS,
    PEM,
)
from exchange_clients.binance.websocket.message_handler import BinanceStream
from exchange_clients.shared.credentials import Credentials
from exchange_clients.shared.dialects.fapi.account_manager import FapiPositions, FapiSessions
from exchange_clients.shared.dialects.fapi.funding import FapiFunding
from exchange_clients.shared.dialects.fapi.market_data import FapiMarkets
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.network import NetworkClient
from exchange_clients.shared.signing import Seal
from exchange_clients.shared.venue import BookSource, Environment, PrivateWords, Venue


def _private(
    table: MarketTable, environment: Environment, credentials: Credentials, seal: Seal | None
) -> PrivateWords:
    secret = credentials["api_secret"]
    signer = BinanceSigner(
        credentials["api_key"], seal or seal_of(secret), base64_spelt=secret.startswith(PEM)
    )
    return PrivateWords(
        signer=signer,
        orders=BinanceOrders(DIALECT),
        positions=FapiPositions(DIALECT, table),
        account=BinanceAccount(DIALECT),
        session=FapiSessions(DIALECT),
        streams_only=True,
        entry=BinanceEntry(signer),
    )


VENUE = Venue(
    name=DIALECT.name,
    environments=ENVIRONMENTS,
    fields=FIELDS,
    id_space=ID_SPACE,
    limits=LIMITS,
    read_error=DIALECT.errors.read,
    markets=FapiMarkets(DIALECT),
    funding=FapiFunding(DIALECT),
    stream=lambda table, account, signer: BinanceStream(table),
    private=_private,
    normalize_symbol=DIALECT.normalize_symbol,
    symbol_format=DIALECT.symbol_format,
    features=frozenset(
        {
            Feature.CONDITIONAL_ORDERS,
            Feature.TRAILING_STOP,
            Feature.LIQUIDATION_EVENTS,
            Feature.HEDGE_MODE,
        }
    ),
    book_source=BookSource.REST,
)


class BinanceClient(NetworkClient):
    """A trading client of Binance; see ``NetworkClient``."""

    VENUE = VENUE
