"""Lighter as a whole: its vocabularies in one record."""

from __future__ import annotations

from exchange_clients.base_models import Feature, TimeInForce
from exchange_clients.lighter.client.managers.account_manager import (
    LighterAccount,
    LighterNonces,
    LighterSessions,
)
from exchange_clients.lighter.client.managers.market_data import LighterMarkets
from exchange_clients.lighter.client.managers.order_manager import LighterOrders
from exchange_clients.lighter.client.managers.position_manager import LighterPositions
from exchange_clients.lighter.client.utils.errors import read_error
from exchange_clients.lighter.client.utils.signing import (
    LighterSigner,
    NativeSealer,
    SimulatedSealer,
)
from exchange_clients.lighter.common import (
    ENVIRONMENTS,
    FIELDS,
    ID_SPACE,
    LIMITS,
    NAME,
    get_lighter_symbol_format,
    normalize_symbol,
)
from exchange_clients.lighter.funding_adapter.fetchers import LighterFunding
from exchange_clients.lighter.websocket.message_handler import LighterStream
from exchange_clients.shared.credentials import Credentials
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.network import NetworkClient
from exchange_clients.shared.signing import Seal, Signer
from exchange_clients.shared.venue import Account, Environment, PrivateWords, Venue


def _private(
    table: MarketTable, environment: Environment, credentials: Credentials, seal: Seal | None
) -> PrivateWords:
    account = credentials.public
    chain_id = int(environment.constants["chain_id"])
    sealer = (
        NativeSealer(credentials, chain_id)
        if seal is None
        else SimulatedSealer(seal, account, chain_id)
    )
    index = account["account_index"]
    return PrivateWords(
        signer=LighterSigner(account, sealer, blocking=seal is None),
        orders=LighterOrders(table, index),
        positions=LighterPositions(index),
        account=LighterAccount(table, index),
        session=LighterSessions(index),
        nonces=LighterNonces(account),
    )


def _stream(table: MarketTable, account: Account, signer: Signer | None) -> LighterStream:
    return LighterStream(table, account.get("account_index"))


VENUE = Venue(
    name=NAME,
    environments=ENVIRONMENTS,
    fields=FIELDS,
    id_space=ID_SPACE,
    limits=LIMITS,
    read_error=read_error,
    markets=LighterMarkets(),
    funding=LighterFunding(),
    stream=_stream,
    private=_private,
    normalize_symbol=normalize_symbol,
    symbol_format=get_lighter_symbol_format,
    features=frozenset({Feature.CONDITIONAL_ORDERS, Feature.LIQUIDATION_EVENTS}),
    times_in_force=frozenset(TimeInForce) - {TimeInForce.FOK},
    bounded_market_orders=True,
    visibility_s=12.0,
)


class LighterClient(NetworkClient):
    """A trading client of Lighter; see ``NetworkClient``."""

    VENUE = VENUE
