"""Names of markets: what people write, what the venue writes, and a thousand tokens in one."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import Side
from tests.conformance.rig import BTC, PEPE, Rig
from tests.conformance.venues import Deed

D = Decimal
PRICE = D("0.008500")
COUNT = D(100_000)
"""In the market's own units, of a thousand tokens each."""


async def test_symbol_survives_the_way_to_the_venues_spelling_and_back(rig: Rig) -> None:
    words = rig.facts.words
    for symbol in ("BTC", "ETH", "SOL"):
        assert words.normalize_symbol(words.symbol_format(symbol)) == symbol


async def test_every_spelling_of_the_venue_leads_to_the_plain_symbol(rig: Rig) -> None:
    for spelling, symbol in rig.facts.spellings.items():
        assert rig.facts.words.normalize_symbol(spelling) == symbol
        contract_id, _ = await rig.client.get_contract_attributes(spelling)
        assert contract_id == rig.facts.markets[symbol].contract_id


async def test_lower_case_is_understood(rig: Rig) -> None:
    assert rig.facts.words.normalize_symbol(rig.facts.words.symbol_format("btc")) == BTC


async def test_thousand_tokens_in_a_unit_are_told(rig: Rig) -> None:
    assert rig.client.get_quantity_multiplier(PEPE) == 1000
    assert rig.client.get_quantity_multiplier(BTC) == 1


async def test_order_of_a_thousandfold_market_is_sent_in_its_own_units(rig: Rig) -> None:
    contract_id = rig.facts.markets["PEPE"].contract_id
    await rig.client.place_limit_order(contract_id, COUNT, PRICE, Side.BUY)
    await rig.settle()
    (order,) = rig.world_open()
    assert (order.contract_id, order.size, order.price) == (contract_id, COUNT, PRICE)
    (shown,) = await rig.client.get_active_orders(contract_id)
    assert (shown.size, shown.price) == (COUNT, PRICE)


async def test_position_of_a_thousandfold_market_is_in_its_own_units(rig: Rig) -> None:
    contract_id = rig.facts.markets["PEPE"].contract_id
    await rig.client.place_market_order(contract_id, COUNT, Side.BUY)
    await rig.settle()
    assert await rig.client.get_position(PEPE) == rig.world_position(contract_id) == COUNT


async def test_market_feed_is_found_by_any_spelling(rig: Rig) -> None:
    for name in (rig.btc, "BTC", rig.facts.words.symbol_format("BTC")):
        assert await rig.client.stream.prepare_market_feed(name)
    assert len(rig.requests(Deed.BOOK)) <= 1
