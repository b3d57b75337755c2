"""Markets and prices, as edgeX words them; an unknown contract gives an empty list, no error."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, TypeAlias

import msgspec

from exchange_clients.base_models import ContractId, LeverageBracket, LeverageInfo, Market, Symbol
from exchange_clients.edgex.client.utils.converters import Answer, Whole, pages, told
from exchange_clients.edgex.client.utils.signing import FEE_RATE, SigningTerms
from exchange_clients.edgex.common import QUOTE, public
from exchange_clients.errors import MalformedPayload, MarketUnavailable
from exchange_clients.events import BookSnapshot, FloatLevel, LabelledLevel
from exchange_clients.shared.amounts import Amount, FloatPrice, FloatSize, Positive
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.instants import MS
from exchange_clients.shared.market_table import Listing, MarketTable
from exchange_clients.shared.price_rows import candles_within, known_interval
from exchange_clients.shared.rows import as_is, read_rows
from exchange_clients.shared.symbols import strip_quote, symbol_table
from exchange_clients.shared.venue import Candle

CANDLES_MAX = 1000
INTERVALS = MappingProxyType(
    {
        **{f"{n}m": f"MINUTE_{n}" for n in (1, 5, 15, 30)},
        **{f"{n}h": f"HOUR_{n}" for n in (1, 2, 4, 6, 8, 12)},
        **{"1d": "DAY_1", "1w": "WEEK_1", "1M": "MONTH_1"},
    }
)


class _Coin(msgspec.Struct, rename="camel"):
    coin_id: Whole
    coin_name: str
    resolution: str | None = None


class _Tier(msgspec.Struct, rename="camel"):
    max_leverage: Positive
    maintenance_margin_rate: Positive
    position_value_upper_bound: object = None


class _Global(msgspec.Struct, rename="camel"):
    contract_address: str
    native_chain_id: Whole | None = None
    chain_id: Whole | None = None
    maintenance_reason: str | None = None


class _Contract(msgspec.Struct, rename="camel"):
    contract_id: Whole
    contract_name: str
    base_coin_id: Whole
    quote_coin_id: Whole
    tick_size: Positive
    step_size: Positive
    min_order_size: Positive
    risk_tier_list: Annotated[list[_Tier], msgspec.Meta(min_length=1)]
    resolution: str
    enable_trade: bool
    enable_display: bool
    funding_rate_interval_min: Whole
    default_taker_fee_rate: object = None
    default_maker_fee_rate: object = None
    default_leverage: object = None


class _MetaData(msgspec.Struct, rename="camel"):
    # The venue's word is no name in Python.
    everywhere: _Global = msgspec.field(name="global")
    coin_list: list[_Coin]
    contract_list: list[msgspec.Raw]

    def listings(self) -> Sequence[Listing]:
        """Return what is shown and paid in USDC; what is not shown is not for trading.

        Names of contracts may be in any script; a coin's name is the one that people type. A row
        that cannot be read is left out, and of two contracts of one coin the first is taken.
        """
        coins = {str(coin.coin_id): coin for coin in self.coin_list}
        quotes = {key: coin for key, coin in coins.items() if coin.coin_name == QUOTE}
        shown = [
            (coins.get(str(row.base_coin_id)), row)
            for row in read_rows(self.contract_list, _Contract, as_is)
            if isinstance(row, _Contract)
            and row.enable_display
            and str(row.quote_coin_id) in quotes
        ]
        bases = {
            strip_quote(row.contract_name, (QUOTE,)) if coin is None else coin.coin_name: row
            for coin, row in reversed(shown)
        }
        names = symbol_table({ContractId(base): base for base in bases})
        return [
            self._listing(bases[base], quotes[str(bases[base].quote_coin_id)], symbol, multiplier)
            for symbol, (base, multiplier) in names.items()
        ]

    def _listing(
        self, row: _Contract, quote: _Coin, symbol: Symbol, multiplier: Decimal
    ) -> Listing:
        first = row.risk_tier_list[0]
        maker, taker = told(row.default_maker_fee_rate), told(row.default_taker_fee_rate)
        market = Market(
            symbol=symbol,
            contract_id=ContractId(str(row.contract_id)),
            tick=Decimal(row.tick_size),
            step=Decimal(row.step_size),
            min_size=Decimal(row.min_order_size),
            max_leverage=Decimal(first.max_leverage),
            maintenance_margin=Decimal(first.maintenance_margin_rate),
            multiplier=multiplier,
            maker_fee=FEE_RATE if maker is None else maker,
            taker_fee=FEE_RATE if taker is None else taker,
        )
        brackets = tuple(
            LeverageBracket(
                told(tier.position_value_upper_bound),
                Decimal(tier.max_leverage),
                Decimal(tier.maintenance_margin_rate),
            )
            for tier in row.risk_tier_list
        )
        return Listing(
            market,
            tradable=row.enable_trade and not self.everywhere.maintenance_reason,
            funding_interval_hours=Decimal(row.funding_rate_interval_min) / 60,
            details=MappingProxyType(
                {
                    "signing": self._terms(row, quote, max(market.maker_fee, market.taker_fee)),
                    "leverage": told(row.default_leverage) or market.max_leverage,
                    "rules": LeverageInfo(
                        max_leverage=market.max_leverage,
                        max_notional=brackets[-1].max_notional,
                        margin_requirement=1 / market.max_leverage,
                        brackets=brackets,
                    ),
                }
            ),
        )

    def _terms(self, row: _Contract, quote: _Coin, fee_rate: Decimal) -> SigningTerms:
        chain_id = self.everywhere.native_chain_id or self.everywhere.chain_id
        if chain_id is None or quote.resolution is None:
            raise MalformedPayload("the list of markets does not say how orders are signed")
        return SigningTerms(
            chain_id=int(chain_id),
            verifying_contract=bytes.fromhex(self.everywhere.contract_address.removeprefix("0x")),
            asset_id=int(row.contract_id),
            resolution=int(row.resolution, 0),
            coin_id=int(row.quote_coin_id),
            coin_resolution=int(quote.resolution, 0),
            fee_rate=fee_rate,
        )


class _Kline(msgspec.Struct, rename="camel"):
    kline_time: Whole
    open: Positive
    high: Positive
    low: Positive
    close: Positive
    size: Amount

    def candle(self) -> Candle:
        """Return it; ``size`` is the base volume."""
        numbers = (self.open, self.high, self.low, self.close, self.size)
        return Candle(int(self.kline_time) * MS, *(Decimal(number) for number in numbers))


AnyLevel: TypeAlias = LabelledLevel | tuple[FloatPrice, FloatSize]
"""Labelled as it was captured, a pair as it is documented."""


class Depth(msgspec.Struct, rename="camel", gc=False):
    """A book, or what changed in one; a size of zero removes the level."""

    contract_id: str | int
    start_version: int
    end_version: int
    asks: list[AnyLevel]
    bids: list[AnyLevel]
    depth_type: str = ""

    def snapshot(self, venue_ns: int | None, local_ns: int) -> BookSnapshot:
        """Return it as a whole book; where it began says nothing."""
        contract_id, bids, asks = ContractId(str(self.contract_id)), self.bids, self.asks
        return BookSnapshot(
            contract_id, pairs(bids), pairs(asks), self.end_version, venue_ns, local_ns
        )


def pairs(levels: list[AnyLevel]) -> list[FloatLevel]:
    """Return levels as pairs of price and size."""
    return [
        (level.price, level.size) if isinstance(level, LabelledLevel) else level for level in levels
    ]


_kline = msgspec.json.Decoder(_Kline).decode
_time = msgspec.json.Decoder(Answer[dict[str, Whole]]).decode
_depths = msgspec.json.Decoder(Answer[list[Depth]], strict=False)


class EdgexMarkets:
    """Public prices. Trades of strangers are told by the stream alone."""

    def list(self) -> Flow[Sequence[Listing]]:
        """Return every contract that is shown; one that may only be closed is tradable."""
        answer = yield public("meta/getMetaData")
        return msgspec.json.decode(answer.body, type=Answer[_MetaData]).data.listings()

    def candles(
        self, table: MarketTable, contract_id: ContractId, interval: str, start_ns: int, end_ns: int
    ) -> Flow[Sequence[Candle]]:
        """Return candles that begin in [start, end), oldest first; they come newest first."""
        word = known_interval(INTERVALS, interval)
        asked = {
            "contractId": contract_id,
            "klineType": word,
            "priceType": "LAST_PRICE",
            "size": CANDLES_MAX,
            "filterBeginKlineTimeInclusive": -(-start_ns // MS),
            "filterEndKlineTimeExclusive": -(-end_ns // MS),
        }
        rows = yield from pages(lambda at: public("quote/getKline", **asked, offsetData=at))
        return candles_within((_kline(row).candle() for row in rows), start_ns, end_ns)

    def server_time(self) -> Flow[int]:
        """Return the venue's time."""
        answer = yield public("meta/getServerTime")
        return int(_time(answer.body).data["timeMillis"]) * MS

    def depth(self, table: MarketTable, contract_id: ContractId, levels: int) -> Flow[BookSnapshot]:
        """Return the book; it says not when it was, so that the answer's time counts."""
        # There are no other depths.
        answer = yield public(
            "quote/getDepth", contractId=contract_id, level=15 if levels <= 15 else 200
        )
        told_books = _depths.decode(answer.body)
        for book in told_books.data:
            return book.snapshot(int(told_books.response_time) * MS or None, 0)
        raise MarketUnavailable(f"edgex has no book of contract {contract_id}")
