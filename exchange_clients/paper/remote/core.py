"""The served paper venue as a whole: its vocabularies in one record, and its classes."""

from __future__ import annotations

from exchange_clients.base_models import Feature
from exchange_clients.paper.remote import common
from exchange_clients.paper.remote.account import PaperAccount, PaperOrders, PaperPositions
from exchange_clients.paper.remote.errors import read_error
from exchange_clients.paper.remote.funding import PaperFunding
from exchange_clients.paper.remote.markets import PaperMarkets
from exchange_clients.paper.remote.signing import PaperSigner
from exchange_clients.paper.remote.stream import PaperStream
from exchange_clients.shared.credentials import Credentials
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.network import (
    NetworkClient,
    NetworkFundingAdapter,
    NetworkWebSocketManager,
)
from exchange_clients.shared.signing import Seal, hmac_seal
from exchange_clients.shared.venue import Environment, PrivateWords, Venue


def _private(
    table: MarketTable, environment: Environment, credentials: Credentials, seal: Seal | None
) -> PrivateWords:
    seal = seal or hmac_seal(credentials["api_secret"])
    return PrivateWords(
        signer=PaperSigner(credentials["api_key"], seal),
        orders=PaperOrders(),
        positions=PaperPositions(table),
        account=PaperAccount(),
    )


VENUE = Venue(
    name=common.NAME,
    environments=common.ENVIRONMENTS,
    fields=common.CREDENTIALS,
    id_space=common.ID_SPACE,
    limits=common.LIMITS,
    read_error=read_error,
    markets=PaperMarkets(),
    funding=PaperFunding(),
    stream=lambda table, account, signer: PaperStream(table, signer),
    private=_private,
    normalize_symbol=common.normalize_symbol,
    symbol_format=common.symbol_format,
    features=frozenset(
        {Feature.CONDITIONAL_ORDERS, Feature.TRAILING_STOP, Feature.LIQUIDATION_EVENTS}
    ),
    visibility_s=common.SIGNED_FOR_S,
)


class RemotePaperClient(NetworkClient):
    """A trading client of a served paper venue."""

    VENUE = VENUE


class RemotePaperWebSocketManager(NetworkWebSocketManager):
    """Live public feeds of a served paper venue."""

    VENUE = VENUE


class RemotePaperFundingAdapter(NetworkFundingAdapter):
    """Public funding data of a served paper venue."""

    VENUE = VENUE
