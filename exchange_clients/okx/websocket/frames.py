"""The frames of OKX's streams as they are written."""

from __future__ import annotations

import msgspec

from exchange_clients.base_models import ContractId, Fill, VenueOrderId
from exchange_clients.okx.client.managers.market_data import WireLevel
from exchange_clients.okx.client.utils import converters
from exchange_clients.shared.amounts import Amount, Digits, FloatPrice, FloatSize, Positive
from exchange_clients.shared.market_table import MarketTable


class Arg(msgspec.Struct, rename="camel", frozen=True):
    """What a frame is about."""

    channel: str = ""
    inst_id: str = ""


class Frame(msgspec.Struct, rename="camel", gc=False):
    """Any frame: data of a channel, or an answer to what was said."""

    arg: Arg = Arg()
    action: str = ""
    data: msgspec.Raw = msgspec.Raw()
    event: str = ""
    code: str = ""
    msg: str = ""


class Book(msgspec.Struct, rename="camel", gc=False):
    """A book, whole or what has changed of it; a best bid and offer is one of a level."""

    asks: list[WireLevel]
    bids: list[WireLevel]
    ts: int
    seq_id: int
    prev_seq_id: int = -1


class Trade(msgspec.Struct, rename="camel", gc=False):
    """A public trade."""

    trade_id: str
    px: FloatPrice
    sz: FloatSize
    side: str
    ts: int


class Liquidated(msgspec.Struct, rename="camel"):
    """One forced order."""

    side: str
    bk_px: Positive
    sz: Positive
    ts: str


class Liquidation(msgspec.Struct, rename="camel"):
    """The forced orders of one market."""

    inst_id: ContractId
    details: list[Liquidated]


class Traded(msgspec.Struct, rename="camel"):
    """What an order's row tells of its latest fill."""

    inst_id: ContractId
    ord_id: VenueOrderId
    cl_ord_id: str
    side: str
    fill_px: Positive
    fill_sz: Positive
    fill_fee: Amount
    fill_fee_ccy: str
    fill_time: Digits
    exec_type: str
    trade_id: Digits
    algo_cl_ord_id: str = ""
    category: str = ""

    def fill(self, table: MarketTable) -> Fill:
        """Return the fill; its order's own fee is the sum of all."""
        return converters.Fill(
            inst_id=self.inst_id,
            trade_id=self.trade_id,
            ord_id=self.ord_id,
            bill_id="",
            cl_ord_id=self.algo_cl_ord_id or self.cl_ord_id,
            side=self.side,
            fill_px=self.fill_px,
            fill_sz=self.fill_sz,
            exec_type=self.exec_type,
            ts=self.fill_time,
            fee=self.fill_fee,
            fee_ccy=self.fill_fee_ccy,
        ).fill(table)


class Latest(msgspec.Struct, rename="camel"):
    """Whether an order's row tells of a fill."""

    trade_id: str = ""
