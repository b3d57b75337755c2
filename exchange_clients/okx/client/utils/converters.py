"""How OKX writes lists, orders and fills. Numbers are text, empty where there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Generic, TypeVar

import msgspec

from exchange_clients import base_models as models
from exchange_clients.base_models import OrderStatus, OrderType, Reason
from exchange_clients.okx.common import (
    ALGO_STATUS,
    ENDS,
    ORDER_WORD,
    SIDE,
    STATUS,
    SWAP,
    ask,
    contract_size,
)
from exchange_clients.shared.amounts import Amount, Digits, Optional, Positive
from exchange_clients.shared.flow import Flow, Request
from exchange_clients.shared.instants import MS
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.paging import Told, every_page
from exchange_clients.shared.rows import as_is, read_rows, readable

PAGE = 100
TradeNumber = Annotated[str, msgspec.Meta(pattern=r"^(-?\d+)?$")]
"""Below zero where the venue has forced the trade, and empty on some: the bill names those."""
ORDER_IDS = ("ordId", "clOrdId", "algoId", "algoClOrdId")
FILL_IDS = ("ordId", "clOrdId")
BY_ORDER, BY_ALGO, BY_BILL, BY_TIME = "ordId", "algoId", "billId", "fundingTime"
"""The fields by which lists go on: of orders, of conditional ones, of fills and bills, of rates."""
ALGO = "algo-"
"""How our name of a conditional order begins: the venue counts them apart from orders."""
MARKET_PRICE = "-1"
MARKET_WORDS = ("market", "optimal_limit_ioc")
TRAILING_WORD = "move_order_stop"
LIQUIDITY = MappingProxyType(
    {"M": models.Liquidity.MAKER, "T": models.Liquidity.TAKER, "": models.Liquidity.TAKER}
)
"""Orders that the venue itself makes tell none; they take."""

T = TypeVar("T")
R = TypeVar("R")


class Listed(msgspec.Struct, Generic[T]):
    """What every answer holds: a list, of one where one was asked for."""

    data: list[T]


RAW = msgspec.json.Decoder(Listed[msgspec.Raw])


class Named(msgspec.Struct, rename="camel"):
    """What the answer to a write holds."""

    ord_id: str = ""
    algo_id: str = ""


class Order(msgspec.Struct, rename="camel"):
    """An order in lists and, with its latest fill, in the stream."""

    inst_id: models.ContractId
    ord_id: models.VenueOrderId
    cl_ord_id: str
    px: Optional
    sz: Positive
    ord_type: str
    side: str
    acc_fill_sz: Amount
    avg_px: Optional
    state: str
    reduce_only: str
    c_time: Digits
    u_time: Digits
    cancel_source: str = ""
    algo_cl_ord_id: str = ""

    def info(self, table: MarketTable) -> models.OrderInfo:
        """Return the order; one that a trigger set off has the name of its algo order."""
        unit = contract_size(table, self.inst_id)
        market = self.ord_type in MARKET_WORDS
        if not market and self.ord_type not in ORDER_WORD.values():
            raise KeyError(self.ord_type)
        status, reason = STATUS[self.state], None
        if status is OrderStatus.CANCELED:
            status, reason = ENDS.get(self.cancel_source, (status, Reason.OTHER))
        filled = Decimal(self.acc_fill_sz) * unit
        return models.OrderInfo(
            order_id=self.ord_id,
            client_order_id=own_name(self.algo_cl_ord_id, self.cl_ord_id),
            contract_id=self.inst_id,
            side=SIDE[self.side],
            size=Decimal(self.sz) * unit,
            price=None if market else Decimal(self.px),
            status=status,
            filled_size=filled,
            average_price=Decimal(self.avg_px) if filled else None,
            order_type=OrderType.MARKET if market else OrderType.LIMIT,
            reduce_only={"true": True, "false": False}[self.reduce_only],
            reason=reason,
            created_ns=int(self.c_time) * MS,
            updated_ns=int(self.u_time) * MS,
        )


class Algo(msgspec.Struct, rename="camel"):
    """A conditional order in lists and in the stream."""

    inst_id: models.ContractId
    algo_id: str
    algo_cl_ord_id: str
    ord_type: str
    side: str
    sz: Positive
    state: str
    c_time: Digits
    u_time: str
    ord_id: str = ""
    ord_id_list: list[str] = []
    ord_px: Optional = ""
    reduce_only: str = "false"

    @property
    def child(self) -> str:
        """The order that it set off; empty while it waits."""
        return self.ord_id or next(iter(self.ord_id_list), "")

    def info(self, table: MarketTable) -> models.OrderInfo:
        """Return the order; stops and take-profits read back the same."""
        market = self.ord_px in (MARKET_PRICE, "")
        kind = OrderType.STOP_MARKET if market else OrderType.STOP
        status = ALGO_STATUS[self.state]
        reasons = {OrderStatus.CANCELED: Reason.USER_CANCELED, OrderStatus.REJECTED: Reason.OTHER}
        return models.OrderInfo(
            order_id=models.VenueOrderId(ALGO + self.algo_id),
            client_order_id=own_name(self.algo_cl_ord_id),
            contract_id=self.inst_id,
            side=SIDE[self.side],
            size=Decimal(self.sz) * contract_size(table, self.inst_id),
            price=None if market else Decimal(self.ord_px),
            status=status,
            order_type=OrderType.TRAILING_STOP if self.ord_type == TRAILING_WORD else kind,
            reduce_only=self.reduce_only == "true",
            reason=reasons.get(status),
            created_ns=int(self.c_time) * MS,
            updated_ns=int(self.u_time or self.c_time) * MS,
        )


class Fill(msgspec.Struct, rename="camel"):
    """A fill in lists; the stream's stands in its order."""

    inst_id: models.ContractId
    trade_id: TradeNumber
    bill_id: Digits
    ord_id: models.VenueOrderId
    cl_ord_id: str
    side: str
    fill_px: Positive
    fill_sz: Positive
    exec_type: str
    ts: Digits
    fee: Amount
    fee_ccy: str
    fill_time: str = ""
    algo_cl_ord_id: str = ""
    """Of streams alone."""

    def fill(self, table: MarketTable) -> models.Fill:
        """Return the fill; the venue counts what is paid below zero."""
        return models.Fill(
            trade_id=models.TradeId(self.trade_id or self.bill_id),
            order_id=self.ord_id,
            client_order_id=own_name(self.algo_cl_ord_id, self.cl_ord_id),
            contract_id=self.inst_id,
            side=SIDE[self.side],
            price=Decimal(self.fill_px),
            size=Decimal(self.fill_sz) * contract_size(table, self.inst_id),
            fee=-Decimal(self.fee),
            fee_asset=self.fee_ccy,
            liquidity=LIQUIDITY[self.exec_type],
            venue_ns=int(self.fill_time or self.ts) * MS,
        )


def own_name(*names: str) -> models.ClientOrderId | None:
    """Return our name of an order, the first that is told; the venue's own have an underscore."""
    return next((models.ClientOrderId(name) for name in names if name.isalnum()), None)


def listed(body: bytes, row_type: type[R]) -> list[R]:
    """Return the rows of an answer in which each counts."""
    return readable(read_rows(RAW.decode(body).data, row_type, as_is))


def only(request: Request, row_type: type[R]) -> Flow[R]:
    """Ask for what comes as a list of one."""
    answer = yield request
    (row,) = listed(answer.body, row_type)
    return row


def archived(paths: Mapping[str, str], cursor: str, **params: object) -> Flow[list[msgspec.Raw]]:
    """Read a list of swaps that is kept in several places, each with its scope."""
    rows: list[msgspec.Raw] = []
    for path, scope in paths.items():
        asked = replace(ask(path, scope), params={"instType": SWAP, **params})
        rows += yield from pages(asked, cursor)
    return rows


def pages(
    request: Request,
    cursor: str,
    enough: Callable[[Sequence[msgspec.Raw]], bool] = lambda rows: False,
) -> Flow[list[msgspec.Raw]]:
    """Read a list, newest first, to its last page: each goes on after the row before.

    Args:
        request: What the first page is asked by.
        cursor: Names the field of a row that the page after it is asked by.
        enough: Says of the rows so far that no older one is of interest.
    """
    asked = {"after": None, **request.params, "limit": PAGE}

    def read(body: bytes) -> Told[msgspec.Raw]:
        rows = RAW.decode(body).data
        return Told(rows, "" if len(rows) < PAGE else str(field_of(rows[-1], cursor)))

    return every_page(
        lambda after: replace(request, params={**asked, "after": after or asked["after"]}),
        read,
        enough,
    )


def field_of(row: msgspec.Raw, name: str) -> object:
    """Return one field of a row."""
    return msgspec.json.decode(row, type=dict[str, object])[name]
