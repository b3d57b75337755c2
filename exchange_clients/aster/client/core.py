"""Aster as a whole: the dialect's vocabularies, signed its own way, in one record."""

from __future__ import annotations

from exchange_clients.aster.client.managers.account_manager import AsterAccount
from exchange_clients.aster.client.utils.signing import AsterSigner
from exchange_clients.aster.common import (
    ENVIRONMENTS,
    FIELDS,
    ID_SPACE,
    LEGACY_FIELDS,
    LIMITS,
    V1,
    V3,
)
from exchange_clients.base_models import Feature
from exchange_clients.shared.credentials import Credentials
from exchange_clients.shared.dialects.fapi.account_manager import (
    FapiPositions,
    FapiSessions,
)
from exchange_clients.shared.dialects.fapi.funding import FapiFunding
from exchange_clients.shared.dialects.fapi.market_data import FapiMarkets
from exchange_clients.shared.dialects.fapi.message_handler import FapiStream
from exchange_clients.shared.dialects.fapi.order_manager import FapiOrders
from exchange_clients.shared.dialects.fapi.signing import HmacSigner
from exchange_clients.shared.ethereum import curve_seal
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.network import NetworkClient
from exchange_clients.shared.signing import Seal, Signer, hmac_seal
from exchange_clients.shared.venue import Account, BookSource, Environment, PrivateWords, Venue


def _private(
    table: MarketTable, environment: Environment, credentials: Credentials, seal: Seal | None
) -> PrivateWords:
    legacy = "api_key" in credentials.public
    dialect = V1 if legacy else V3
    return PrivateWords(
        signer=_api_key(credentials, seal) if legacy else _agent(environment, credentials, seal),
        orders=FapiOrders(dialect),
        positions=FapiPositions(dialect, table),
        account=AsterAccount(dialect),
        session=FapiSessions(dialect),
        streams_only=True,
    )


def _agent(environment: Environment, credentials: Credentials, seal: Seal | None) -> Signer:
    return AsterSigner(
        credentials["user_address"],
        credentials["signer_address"],
        environment.constants["chain_id"],
        seal or curve_seal(credentials["signer_private_key"]),
    )


def _api_key(credentials: Credentials, seal: Seal | None) -> Signer:
    return HmacSigner(credentials["api_key"], seal or hmac_seal(credentials["secret_key"]))


def _stream(table: MarketTable, account: Account, signer: Signer | None) -> FapiStream:
    return FapiStream(V3, table)


VENUE = Venue(
    name=V3.name,
    environments=ENVIRONMENTS,
    fields=FIELDS,
    other_fields=LEGACY_FIELDS,
    id_space=ID_SPACE,
    limits=LIMITS,
    read_error=V3.errors.read,
    markets=FapiMarkets(V3),
    funding=FapiFunding(V3),
    stream=_stream,
    private=_private,
    normalize_symbol=V3.normalize_symbol,
    symbol_format=V3.symbol_format,
    features=frozenset(
        {
            Feature.CONDITIONAL_ORDERS,
            Feature.TRAILING_STOP,
            Feature.LIQUIDATION_EVENTS,
            Feature.HEDGE_MODE,
        }
    ),
    book_source=BookSource.REST,
    # Two agents of one wallet trade the same positions.
    account_of=lambda held: held.public.get("user_address") or held.public["api_key"],
)


class AsterClient(NetworkClient):
    """A trading client of Aster; see ``NetworkClient``."""

    VENUE = VENUE
