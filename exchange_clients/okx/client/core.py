"""OKX as a whole: its vocabularies in one record, and its client."""

from __future__ import annotations

from exchange_clients.base_models import Feature, TimeInForce
from exchange_clients.okx import common
from exchange_clients.okx.client.managers.account_manager import OkxAccount
from exchange_clients.okx.client.managers.market_data import OkxMarkets
from exchange_clients.okx.client.managers.order_manager import OkxOrders
from exchange_clients.okx.client.managers.position_manager import OkxPositions
from exchange_clients.okx.client.utils.entry import OkxEntry
from exchange_clients.okx.client.utils.errors import read_error
from exchange_clients.okx.client.utils.signing import OkxSigner
from exchange_clients.okx.funding_adapter.fetchers import OkxFunding
from exchange_clients.okx.websocket.message_handler import OkxStream
from exchange_clients.shared.credentials import Credentials
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.network import NetworkClient
from exchange_clients.shared.signing import Seal, hmac_seal
from exchange_clients.shared.venue import BookSource, Environment, PrivateWords, Venue


def _private(
    table: MarketTable, environment: Environment, credentials: Credentials, seal: Seal | None
) -> PrivateWords:
    seal = seal or hmac_seal(credentials["api_secret"])
    signer = OkxSigner(credentials["api_key"], credentials["passphrase"], environment, seal)
    return PrivateWords(
        signer=signer,
        orders=OkxOrders(table),
        positions=OkxPositions(table),
        account=OkxAccount(table),
        entry=OkxEntry(table, signer),
    )


VENUE = Venue(
    name=common.NAME,
    environments=common.ENVIRONMENTS,
    fields=common.FIELDS,
    id_space=common.ID_SPACE,
    limits=common.LIMITS,
    read_error=read_error,
    markets=OkxMarkets(),
    funding=OkxFunding(),
    stream=lambda table, account, signer: OkxStream(table, signer),
    private=_private,
    normalize_symbol=common.normalize_symbol,
    symbol_format=common.get_okx_symbol_format,
    features=frozenset(
        {
            Feature.CONDITIONAL_ORDERS,
            Feature.TRAILING_STOP,
            Feature.LIQUIDATION_EVENTS,
            Feature.HEDGE_MODE,
            Feature.ATTACHED_EXITS,
        }
    ),
    # A trigger sets off a limit order that rests, whatever was said of it.
    conditional_times_in_force=frozenset({TimeInForce.GTC}),
    # The stream begins with the whole book; were that given up, a request would replace it.
    book_source=BookSource.REST,
    visibility_s=10.0,
)


class OkxClient(NetworkClient):
    """A trading client of OKX."""

    VENUE = VENUE
