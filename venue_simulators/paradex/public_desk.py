"""What anyone may ask: markets, books, trades, candles, funding, and how the venue is."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from exchange_clients.base_models import NS, ContractId, Market, Side
from exchange_clients.paper.config import PaperConfig
from venue_simulators.market_words import INDEX_BASIS
from venue_simulators.paradex.calls import Call
from venue_simulators.paradex.errors import MARKET_MISSING, Refusal
from venue_simulators.paradex.fields import Fields
from venue_simulators.paradex.funding import Funding
from venue_simulators.paradex.listing import STRANGERS, market_row, stranger_rows
from venue_simulators.paradex.market_feeds import MarketFeeds
from venue_simulators.paradex.market_frames import total_volume
from venue_simulators.paradex.members import ACCOUNT_HASH, PROXY_HASH
from venue_simulators.paradex.paging import page, span_ns
from venue_simulators.paradex.terms import MS, ParadexTerms
from venue_simulators.paradex.wording import Json, Words, levels, number, optional, reply, results
from venue_simulators.wire import HttpResponse
from venue_simulators.world import Candle, MarketTrade, World

OK, MAINTENANCE = "ok", "maintenance"
DEPTH_DEFAULT = 20
TRADES_MAX = 1000
CANDLES_MAX = 1000
RESOLUTIONS_MIN = ("1", "3", "5", "15", "30", "60")
PRICE_KINDS = ("last", "mark", "underlying")


class PublicDesk:
    """Answers from the world; each method is one endpoint.

    Args:
        world: The markets.
        feeds: Their published books, and the number of each one's last update.
        funding: Their funding.
        config: With what the world was built, for its fees.
        terms: The chain.
    """

    def __init__(
        self,
        world: World,
        feeds: MarketFeeds,
        funding: Funding,
        config: PaperConfig,
        terms: ParadexTerms,
    ) -> None:
        self._world = world
        self._feeds = feeds
        self._funding = funding
        self._config = config
        self._terms = terms
        self._opened_ns = world.now_ns - 365 * 86_400 * NS
        self.status = OK
        """``maintenance``, ``cancel_only``, ``post_only`` or ``ok``."""

    # Markets --------------------------------------------------------------------------------------

    def markets(self, call: Call) -> HttpResponse:
        """Answer with every market, those of other kinds among them, or with one."""
        return results([*self.market_rows(call.query.text("market"))])

    def market_rows(self, name: str | None = None) -> list[Words]:
        """Return the rows of the list, or the one of a market."""
        rows = [
            *(self._market_row(each) for each in self._world.rules.values()),
            *stranger_rows(self._opened_ns),
        ]
        chosen = [row for row in rows if name in (None, row["symbol"])]
        if not chosen:
            raise Refusal(MARKET_MISSING, f"market {name} is not found")
        return chosen

    def _market_row(self, market: Market) -> Words:
        return market_row(market, self._config.fees(market), self._opened_ns)

    def summary(self, call: Call) -> HttpResponse:
        """Answer with the state of one market, or of all."""
        wanted = call.query.required("market")
        if wanted != "ALL":
            return results([self._summary_row(self._market(wanted))])
        rows: list[Json] = [self._summary_row(each) for each in self._world.markets]
        return results(rows + [_stranger_summary(symbol) for symbol, _ in STRANGERS])

    def _summary_row(self, market: ContractId) -> Words:
        ticker, best = self._feeds.ticker(market), self._feeds.best(market)
        change = ticker.last / ticker.open_24h - 1 if ticker.open_24h else Decimal(0)
        bid, bid_size = best.bid or (None, None)
        ask, ask_size = best.ask or (None, None)
        return {
            "symbol": market,
            "mark_price": number(ticker.mark),
            "last_traded_price": number(ticker.last),
            "bid": optional(bid),
            "bid_size": optional(bid_size),
            "ask": optional(ask),
            "ask_size": optional(ask_size),
            "volume_24h": number(ticker.quote_volume_24h),
            "total_volume": number(total_volume(ticker)),
            "open_interest": number(ticker.open_interest),
            "funding_rate": number(ticker.funding_rate),
            "underlying_price": number(ticker.index),
            "external_fair_price": number(ticker.index),
            "price_change_rate_24h": number(change),
            "created_at": self._now_ms,
        }

    def order_book(self, call: Call) -> HttpResponse:
        """Answer with the book; without liquidity for people alone both variants are the same."""
        market = self._market(call.args[0])
        depth = call.query.whole("depth")
        tick = call.query.decimal("price_tick")
        if depth == 0 or tick == 0:
            raise call.query.fault("depth", "and price_tick must be above zero")
        words = self._feeds.depth(market, depth or DEPTH_DEFAULT, tick)
        best = words.best
        return reply(
            {
                "market": market,
                "seq_no": words.seq,
                "last_updated_at": words.at_ns // MS,
                "asks": levels(words.asks),
                "bids": levels(words.bids),
                "best_bid_api": [number(each) for each in best.bid or ()],
                "best_ask_api": [number(each) for each in best.ask or ()],
                "best_bid_interactive": [number(each) for each in best.bid or ()],
                "best_ask_interactive": [number(each) for each in best.ask or ()],
            }
        )

    def best(self, call: Call) -> HttpResponse:
        """Answer with the best prices."""
        market = self._market(call.args[0])
        best = self._feeds.best(market)
        bid, bid_size = best.bid or (None, None)
        ask, ask_size = best.ask or (None, None)
        return reply(
            {
                "market": market,
                "bid": optional(bid),
                "bid_size": optional(bid_size),
                "ask": optional(ask),
                "ask_size": optional(ask_size),
                "seq_no": self._feeds.seq(market),
                "last_updated_at": self._feeds.changed_ns(market) // MS,
            }
        )

    # Histories ------------------------------------------------------------------------------------

    def trades(self, call: Call) -> HttpResponse:
        """Answer with trades of one market, newest first."""
        market = self._market(call.query.required("market"))
        start_ns, end_ns = span_ns(call.query)
        known = self._world.trades(market, TRADES_MAX)
        rows = [each for each in known if start_ns <= each.at_ns <= end_ns]
        return reply(page(rows, call.query, _trade_words, TRADES_MAX))

    def klines(self, call: Call) -> HttpResponse:
        """Answer with candles, oldest first; beyond a thousand the later ones are left out."""
        query = call.query
        market = self._market(query.required("symbol"))
        resolution = query.choice("resolution", RESOLUTIONS_MIN)
        kind = query.choice("price_kind", PRICE_KINDS, "last")
        start_ms, end_ms = _required(query, "start_at"), _required(query, "end_at")
        seconds = int(resolution) * 60
        end_ns = min((end_ms + 1) * MS, start_ms * MS + CANDLES_MAX * seconds * NS)
        found = self._world.candles(market, seconds, start_ms * MS, end_ns)
        return results([_candle(each, kind) for each in found])

    def funding_data(self, call: Call) -> HttpResponse:
        """Answer with samples of the funding of one market, newest first."""
        market = self._market(call.query.required("market"))
        numbers = self._funding.samples(market, *span_ns(call.query))

        def word(sample_number: int) -> Words:
            return self._funding.sample(market, sample_number).words()

        return reply(page(numbers, call.query, word))

    # The venue ------------------------------------------------------------------------------------

    def time(self, call: Call) -> HttpResponse:
        """Answer with the time, which is a text."""
        del call
        return reply({"server_time": str(self._now_ms)})

    def state(self, call: Call) -> HttpResponse:
        """Answer with what the venue does at present."""
        del call
        return reply({"status": self.status})

    def insurance(self, call: Call) -> HttpResponse:
        """Answer with the insurance fund."""
        del call
        return reply({"account_value": "1000000", "created_at": self._now_ms})

    def config(self, call: Call) -> HttpResponse:
        """Answer with the chain that messages are signed for, and the contracts there."""
        del call
        texts: Mapping[str, str] = {
            "starknet_gateway_url": "https://gateway.invalid",
            "starknet_fullnode_rpc_url": "https://node.invalid/rpc/v0_9",
            "starknet_fullnode_rpc_base_url": "https://node.invalid",
            "starknet_chain_id": self._terms.chain_id,
            "block_explorer_url": "https://explorer.invalid",
            "paraclear_address": "0x3",
            "paraclear_account_proxy_hash": f"{PROXY_HASH:#x}",
            "paraclear_account_hash": f"{ACCOUNT_HASH:#x}",
            "oracle_address": "0x1",
            "l1_core_contract_address": "0x2",
            "l1_operator_address": "0x4",
            "l1_relayer_address": "0x5",
            "l1_chain_id": "1",
            "liquidation_fee": "0.02",
        }
        return reply({**texts, "paraclear_decimals": 8, "bridged_tokens": []})

    @property
    def _now_ms(self) -> int:
        return self._world.now_ns // MS

    def _market(self, name: str) -> ContractId:
        if name not in self._world.markets:
            raise Refusal(MARKET_MISSING, f"market {name} is not found")
        return ContractId(name)


def _required(query: Fields, name: str) -> int:
    value = query.whole(name)
    if value is None:
        raise query.fault(name, "is required")
    return value


def _trade_words(trade: MarketTrade) -> Words:
    return {
        "id": str(trade.number),
        "market": trade.contract_id,
        "side": "BUY" if trade.aggressor is Side.BUY else "SELL",
        "size": number(trade.size),
        "price": number(trade.price),
        "created_at": trade.at_ns // MS,
        "trade_type": "FILL",
    }


def _candle(candle: Candle, kind: str) -> Json:
    basis = 1 - INDEX_BASIS if kind == "underlying" else Decimal(1)
    prices = (candle.open, candle.high, candle.low, candle.close)
    volume = candle.volume if kind == "last" else Decimal(0)
    return [candle.start_ns // MS, *(float(each * basis) for each in prices), float(volume)]


def _stranger_summary(symbol: str) -> Words:
    words: Words = dict.fromkeys(("bid", "bid_size", "ask", "ask_size", "funding_rate"), "")
    zeros: Words = dict.fromkeys(("volume_24h", "total_volume", "open_interest"), "0")
    prices: Words = dict.fromkeys(("mark_price", "last_traded_price", "underlying_price"), "100")
    return {"symbol": symbol, **words, **zeros, **prices, "created_at": 0}
