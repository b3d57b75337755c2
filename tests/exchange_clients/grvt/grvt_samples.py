"""GRVT's recorded envelopes, and the table of markets they speak of."""

from __future__ import annotations

from exchange_clients.base_models import ContractId
from exchange_clients.grvt.client.managers.market_data import GrvtMarkets
from exchange_clients.shared.flow import drive
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.stream import ConnectionInfo
from tests.support.samples import Samples

SAMPLES = Samples("grvt")
sample, answer = SAMPLES.sample, SAMPLES.answer
BTC = ContractId("BTC_USDT_Perp")
ACCOUNT = "8289849667772468"
KEY = "0xc0663ca94684aead40c41a1cb3a94b68a24296e87245be3a186e882a29a15ee0"
"""The public dummy of the published vectors."""
CONNECTION = ConnectionInfo("market", received_ns=99)


def table() -> MarketTable:
    """Return the recorded list of markets."""
    _, listings = drive(GrvtMarkets().list(), [answer("http_post_all_instruments")])
    return MarketTable(listings)
