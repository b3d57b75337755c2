"""What a venue was asked to place, read off the wire, and what it took, read from its own books."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlencode

import msgspec

from exchange_clients.base_models import Market, Side, VenueOrderId
from venue_simulators.backpack.simulator import BackpackSimulator
from venue_simulators.bybit.simulator import BybitSimulator
from venue_simulators.edgex.simulator import EdgexSimulator
from venue_simulators.fapi.venue import FapiVenue
from venue_simulators.grvt.simulator import GrvtSimulator
from venue_simulators.lighter.simulator import LighterSimulator
from venue_simulators.lighter.transaction_bodies import TxType
from venue_simulators.okx.listing import Listing as OkxListing
from venue_simulators.okx.simulator import OkxSimulator
from venue_simulators.paper.simulator import PaperSimulator
from venue_simulators.paradex.simulator import ParadexSimulator
from venue_simulators.request_log import FRAME, Logged
from venue_simulators.simulator import VenueSimulator

ACCOUNT = "main"


@dataclass(frozen=True, slots=True)
class WireOrder:
    """One request to place an order."""

    client_order_id: str
    side: Side
    size: Decimal
    price: Decimal | None
    reduce_only: bool


def wire_order(venue: str, entry: Logged, market: Market) -> WireOrder | None:
    """Return the order that a request would place; None of any other request."""
    return _READERS[venue](_as_request(entry), market)


def _as_request(entry: Logged) -> Logged:
    """Return a call of an order socket as the request that it stands for; all else as it is."""
    if entry.method != FRAME or not entry.body.startswith(b"{"):
        return entry
    call = _document(entry.body)
    path = _CALLS.get(call.get("op") or call.get("method") or "")
    if path is None:
        return entry
    if "args" in call:
        body = msgspec.json.encode(call["args"][0])
    else:
        body = urlencode(call["params"]).encode()
    return replace(entry, method="POST", path=path, body=body)


def names_of(simulator: VenueSimulator) -> Mapping[VenueOrderId, str]:
    """Return our names of the orders that the venue took, by the numbers of its world."""
    return _names(simulator, [info.order_id for info in simulator.world.orders(ACCOUNT)])


def _names(simulator: object, numbers: Sequence[VenueOrderId]) -> Mapping[VenueOrderId, str]:
    if isinstance(simulator, LighterSimulator):
        return _lighter_names(simulator, numbers)
    if isinstance(simulator, GrvtSimulator):
        told = ((each, simulator.desk.of_world(ACCOUNT, each)) for each in numbers)
        return {
            each: _grvt_name(record.client_order_id) for each, record in told if record is not None
        }
    if isinstance(simulator, ParadexSimulator):
        found = ((each, simulator.desk.of_world(ACCOUNT, each)) for each in numbers)
        return {each: record.form.client_id for each, record in found if record is not None}
    if isinstance(simulator, BybitSimulator | EdgexSimulator | OkxSimulator | PaperSimulator):
        return _kept_names(simulator)
    if isinstance(simulator, FapiVenue):
        records = simulator.books[ACCOUNT].records
        return {each: records[each].asked.client_id for each in numbers if each in records}
    assert isinstance(simulator, BackpackSimulator), f"{simulator} has no reader"
    book = simulator._books[ACCOUNT]
    return {
        record.info.order_id: str(record.asked.client_id)
        for record in (*book.ended, *book.live.values())
    }


def _kept_names(
    simulator: BybitSimulator | EdgexSimulator | OkxSimulator | PaperSimulator,
) -> dict[VenueOrderId, str]:
    if isinstance(simulator, OkxSimulator):
        taken = simulator.books[ACCOUNT]._by_world
        return {each: record.asked.cl_ord_id for each, record in taken.items()}
    if isinstance(simulator, PaperSimulator):
        world = simulator.world
        tags = (
            (each.order_id, world.wanted(ACCOUNT, each.order_id).tag)
            for each in world.orders(ACCOUNT)
        )
        return {number: tag for number, tag in tags if tag}
    if isinstance(simulator, BybitSimulator):
        ours = simulator.books[ACCOUNT].records
        return {each.world_id: each.link_id for each in ours if each.world_id and each.link_id}
    kept = simulator.venue.desk.records(ACCOUNT)
    return {each.world_id: each.form.client_order_id for each in kept if each.world_id}


def _lighter_names(
    simulator: LighterSimulator, numbers: Sequence[VenueOrderId]
) -> dict[VenueOrderId, str]:
    (book,) = simulator.state.books.values()
    states = ((each, book.orders.of_world(each)) for each in numbers)
    return {each: str(state.fields.client_index) for each, state in states if state is not None}


def _fapi(entry: Logged, market: Market) -> WireOrder | None:
    del market
    if entry.method != "POST" or entry.path not in ("/fapi/v1/order", "/fapi/v3/order"):
        return None
    form = {name: values[0] for name, values in parse_qs(entry.text).items()}
    return WireOrder(
        form["newClientOrderId"],
        Side(form["side"]),
        Decimal(form["quantity"]),
        Decimal(form["price"]) if "price" in form else None,
        form.get("reduceOnly") == "true",
    )


def _backpack(entry: Logged, market: Market) -> WireOrder | None:
    del market
    if (entry.method, entry.path) != ("POST", "/api/v1/order"):
        return None
    body = _document(entry.body)
    return WireOrder(
        str(body["clientId"]),
        Side.BUY if body["side"] == "Bid" else Side.SELL,
        Decimal(body["quantity"]),
        Decimal(body["price"]) if "price" in body else None,
        bool(body.get("reduceOnly", False)),
    )


def _bybit(entry: Logged, market: Market) -> WireOrder | None:
    del market
    if (entry.method, entry.path) != ("POST", "/v5/order/create"):
        return None
    body = _document(entry.body)
    return WireOrder(
        body["orderLinkId"],
        Side(body["side"]),
        Decimal(body["qty"]),
        None if body["orderType"] == "Market" else Decimal(body["price"]),
        bool(body.get("reduceOnly", False)),
    )


def _edgex(entry: Logged, market: Market) -> WireOrder | None:
    del market
    if (entry.method, entry.path) != ("POST", "/api/v2/private/order/createOrder"):
        return None
    body = _document(entry.body)
    return WireOrder(
        body["clientOrderId"],
        Side(body["side"]),
        Decimal(body["size"]),
        None if body["price"] == "0" else Decimal(body["price"]),
        body["reduceOnly"],
    )


def _grvt(entry: Logged, market: Market) -> WireOrder | None:
    del market
    if entry.path != "/full/v1/create_order":
        return None
    order = _document(entry.body)["order"]
    (leg,) = order["legs"]
    return WireOrder(
        _grvt_name(order["metadata"]["client_order_id"]),
        Side.BUY if leg["is_buying_asset"] else Side.SELL,
        Decimal(leg["size"]),
        None if order["is_market"] else Decimal(leg["limit_price"]),
        bool(order["reduce_only"]),
    )


def _grvt_name(told: str) -> str:
    """Return our name of an order; on the wire it is in the half that is left to API users."""
    return str(int(told) - (1 << 63))


def _lighter(entry: Logged, market: Market) -> WireOrder | None:
    if not entry.path.endswith("/sendTx"):
        return None
    form = parse_qs(entry.text)
    if int(form["tx_type"][0]) != TxType.CREATE_ORDER:
        return None
    body = _document(form["tx_info"][0].encode())
    return WireOrder(
        str(body["ClientOrderIndex"]),
        Side.SELL if body["IsAsk"] else Side.BUY,
        body["BaseAmount"] * market.step,
        body["Price"] * market.tick,
        bool(body["ReduceOnly"]),
    )


def _okx(entry: Logged, market: Market) -> WireOrder | None:
    if (entry.method, entry.path) != ("POST", "/api/v5/trade/order"):
        return None
    body = _document(entry.body)
    instrument = OkxListing({market.contract_id: market}).by_id[market.contract_id]
    return WireOrder(
        body["clOrdId"],
        Side(body["side"]),
        Decimal(body["sz"]) * instrument.unit,
        Decimal(body["px"]) if "px" in body else None,
        bool(body.get("reduceOnly", False)),
    )


def _paper(entry: Logged, market: Market) -> WireOrder | None:
    del market
    if (entry.method, entry.path) != ("POST", "/order"):
        return None
    body = _document(entry.body)
    return WireOrder(
        body["client_order_id"],
        Side(body["side"]),
        Decimal(body["size"]),
        Decimal(body["price"]) if body.get("price") is not None else None,
        bool(body.get("reduce_only", False)),
    )


def _paradex(entry: Logged, market: Market) -> WireOrder | None:
    del market
    if (entry.method, entry.path) != ("POST", "/v1/orders"):
        return None
    body = _document(entry.body)
    return WireOrder(
        body["client_id"],
        Side(body["side"].lower()),
        Decimal(body["size"]),
        None if body["type"] == "MARKET" else Decimal(body["price"]),
        "REDUCE_ONLY" in body.get("flags", ()),
    )


def _document(body: bytes) -> dict[str, Any]:
    document: dict[str, Any] = msgspec.json.decode(body)
    return document


_CALLS: Mapping[str, str] = {
    "order.create": "/v5/order/create",
    "order": "/api/v5/trade/order",
    "order.place": "/fapi/v1/order",
}
"""What places an order on a socket, and the request that it stands for."""
_READERS: Mapping[str, Callable[[Logged, Market], WireOrder | None]] = {
    "aster": _fapi,
    "backpack": _backpack,
    "binance": _fapi,
    "bybit": _bybit,
    "edgex": _edgex,
    "grvt": _grvt,
    "lighter": _lighter,
    "okx": _okx,
    "paper": _paper,
    "paradex": _paradex,
}
