"""What an account holds and may do: money, positions, settings, fees, histories."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from exchange_clients.base_models import ContractId
from venue_simulators.bybit import errors
from venue_simulators.bybit.account_book import AccountBook, open_records
from venue_simulators.bybit.account_words import position_row, wallet_row
from venue_simulators.bybit.errors import Refusal, invalid
from venue_simulators.bybit.executions import FUNDING, Execution
from venue_simulators.bybit.fields import Fields, check_linear
from venue_simulators.bybit.order_checks import listed
from venue_simulators.bybit.order_record import closed_pnl_row
from venue_simulators.bybit.paging import DAY_MS, page, span_ns
from venue_simulators.bybit.position_stops import PositionStops
from venue_simulators.bybit.terms import BybitTerms
from venue_simulators.bybit.trading import Answer, Call, PrivateHandler
from venue_simulators.bybit.wording import Row, money, ms_text, plain
from venue_simulators.world import World

MARGIN_MODES = ("REGULAR_MARGIN", "ISOLATED_MARGIN", "PORTFOLIO_MARGIN")
PORTFOLIO_EQUITY_MIN = Decimal(1000)
ONE_WAY_MODE, HEDGE_MODE = 0, 3
WINDOW_MIN_S, WINDOW_MAX_S = 3, 300


class AccountDesk:
    """Each method is one endpoint.

    Args:
        world: The truth.
        terms: What this venue is like.
        stops: The stops of positions.
    """

    def __init__(self, world: World, terms: BybitTerms, stops: PositionStops) -> None:
        self._world = world
        self._terms = terms
        self._stops = stops

    def reads(self) -> Mapping[str, PrivateHandler]:
        """Return the handlers of what is asked with GET."""
        return {
            "/v5/execution/list": self.executions,
            "/v5/position/list": self.positions,
            "/v5/position/closed-pnl": self.closed_pnl,
            "/v5/position/symbol-info": self.symbol_info,
            "/v5/account/wallet-balance": self.wallet,
            "/v5/account/withdrawal": self.withdrawal,
            "/v5/account/info": self.info,
            "/v5/account/fee-rate": self.fee_rate,
            "/v5/account/transaction-log": self.transaction_log,
            "/v5/user/query-api": self.key_info,
            "/v5/asset/coin/query-info": self.coins,
        }

    def writes(self) -> Mapping[str, PrivateHandler]:
        """Return the handlers of what is posted."""
        return {
            "/v5/position/set-leverage": self.set_leverage,
            "/v5/position/switch-mode": self.switch_mode,
            "/v5/position/trading-stop": self.trading_stop,
            "/v5/position/add-margin": self.add_margin,
            "/v5/account/set-margin-mode": self.set_margin_mode,
            "/v5/order/disconnected-cancel-all": self.arm_dead_man,
        }

    # Histories ------------------------------------------------------------------------------------

    def executions(self, call: Call) -> Answer:
        """Answer with trades and funding, newest first."""
        query = call.fields
        check_linear(query)
        start_ns, end_ns = span_ns(query, self._world.now_ns)
        rows = [
            one
            for one in reversed(call.book.executions)
            if start_ns <= one.at_ns < end_ns
            and self._listed(one)
            and _named(one.row, query)
            and query.text("execType") in (None, one.kind)
        ]
        chosen, cursor = page(query, rows, lambda one: one.key, 50, 100)
        return _page_of([one.row for one in chosen], cursor)

    def transaction_log(self, call: Call) -> Answer:
        """Answer with movements of money, newest first; of the last day where no time is given."""
        query = call.fields
        query.choice("accountType", ("UNIFIED",))
        query.choice("category", ("linear", "spot", "option", "inverse"))
        start_ns, end_ns = span_ns(query, self._world.now_ns, DAY_MS)
        kind, symbol = query.text("type"), query.text("symbol")
        linear = query.text("category") in (None, "linear")
        rows = [
            one.row()
            for one in reversed(call.book.log)
            if start_ns <= one.execution.at_ns < end_ns
            and self._listed(one.execution)
            and kind in (None, one.kind)
            and symbol in (None, one.execution.row["symbol"])
            and linear
        ]
        chosen, cursor = page(query, rows, lambda row: str(row["id"]), 20, 50)
        return Answer({"nextPageCursor": cursor, "list": chosen})

    def _listed(self, one: Execution) -> bool:
        """Tell whether lists show a trade or a payment by now."""
        return one.kind != FUNDING or self._world.listed(one.at_ns)

    def closed_pnl(self, call: Call) -> Answer:
        """Answer with what orders that closed something earned, newest first."""
        query = call.fields
        check_linear(query)
        book, symbol = call.book, query.text("symbol")
        start_ns, end_ns = span_ns(query, self._world.now_ns)
        records = [
            one
            for one in reversed(book.records)
            if one.closed_size
            and start_ns <= one.updated_ns < end_ns
            and symbol in (None, one.form.symbol)
        ]
        chosen, cursor = page(query, records, lambda one: one.key, 50, 100)
        rows = [
            closed_pnl_row(one, self._world.leverage(book.account, one.form.symbol))
            for one in chosen
        ]
        return _page_of(rows, cursor)

    # Positions ------------------------------------------------------------------------------------

    def positions(self, call: Call) -> Answer:
        """Answer with one market's positions, flat or not, or with all that are open."""
        query = call.fields
        check_linear(query)
        book, symbol = call.book, query.text("symbol")
        if symbol is not None:
            legs = book.legs_of(listed(self._world, ContractId(symbol)).contract_id)
        elif query.text("settleCoin") is None:
            raise invalid("symbol or settleCoin is required")
        else:
            held = query.text("settleCoin") == "USDT"
            legs = [leg for leg in book.legs.values() if leg.size and held]
        rows = [position_row(book, leg) for leg in legs]
        chosen, cursor = page(
            query, rows, lambda row: f"{row['symbol']}:{row['positionIdx']}", 20, 200
        )
        return _page_of(list(chosen), cursor)

    def symbol_info(self, call: Call) -> Answer:
        """Answer with leverages, which need no position to be read."""
        query, book = call.fields, call.book
        check_linear(query)
        if book.margin_mode == "PORTFOLIO_MARGIN":
            raise invalid("not supported under portfolio margin")
        symbol = query.text("symbol")
        names = list(self._world.markets) if symbol is None else [ContractId(symbol)]
        rows: list[Row] = [
            {
                "symbol": name,
                "leverage": plain(self._world.leverage(book.account, name)),
                "side": "" if not leg.index else ("Buy" if leg.index == 1 else "Sell"),
                "positionIdx": leg.index,
            }
            for name in names
            for leg in book.legs_of(listed(self._world, name).contract_id)
        ]
        return Answer({"category": "linear", "list": rows})

    def set_leverage(self, call: Call) -> Answer:
        """Set a market's leverage: the same for both sides in cross margin."""
        fields, book = call.fields, call.book
        check_linear(fields)
        market = listed(self._world, ContractId(fields.required("symbol")))
        buy, sell = fields.decimal("buyLeverage"), fields.decimal("sellLeverage")
        if buy is None or sell is None or buy != sell:
            raise invalid("buyLeverage and sellLeverage must be equal")
        if not 1 <= buy <= market.max_leverage or buy % Decimal("0.01"):
            raise Refusal(errors.LEVERAGE_LIMIT, "cannot set leverage due to risk limit level")
        if buy == self._world.leverage(book.account, market.contract_id):
            raise Refusal(errors.LEVERAGE_NOT_MODIFIED, "leverage not modified")
        outcome = self._world.set_leverage(book.account, market.contract_id, buy)
        if outcome.reason is not None:
            raise Refusal(errors.NO_MONEY, "available balance not enough")
        for leg in book.legs_of(market.contract_id):
            book.touch_leg(leg)
        return Answer({})

    def switch_mode(self, call: Call) -> Answer:
        """Keep one position in a market, or two; with a coin, in all that are free to change."""
        fields, book = call.fields, call.book
        check_linear(fields)
        symbol, coin = fields.text("symbol"), fields.text("coin")
        mode = fields.whole("mode")
        if mode not in (ONE_WAY_MODE, HEDGE_MODE) or (symbol is None) is (coin is None):
            raise invalid("mode is 0 or 3, for a symbol or a coin")
        hedge = mode == HEDGE_MODE
        if symbol is not None:
            name = listed(self._world, ContractId(symbol)).contract_id
            if (name in book.hedged) is hedge:
                raise Refusal(errors.MODE_NOT_MODIFIED, "Position mode is not modified")
            if any(leg.size for leg in book.legs_of(name)):
                raise Refusal(errors.MODE_HAS_POSITION, "You have an existing position")
            if open_records(book, name):
                raise Refusal(errors.MODE_HAS_ORDERS, "You have existing active orders")
            _switch(book, name, hedge=hedge)
            return Answer({})
        for name in self._world.markets if coin == "USDT" else ():
            if not any(leg.size for leg in book.legs_of(name)) and not open_records(book, name):
                _switch(book, name, hedge=hedge)
        return Answer({})

    def trading_stop(self, call: Call) -> Answer:
        """Set the stops of a position."""
        self._stops.change(call.book, call.fields)
        return Answer({})

    def add_margin(self, call: Call) -> Answer:
        """Refuse: positions here share the account's margin, whatever its mode is called."""
        check_linear(call.fields)
        listed(self._world, ContractId(call.fields.required("symbol")))
        call.fields.decimal("margin")
        raise invalid("margin can be added to isolated positions only")

    # The account ----------------------------------------------------------------------------------

    def wallet(self, call: Call) -> Answer:
        """Answer with the unified account's money."""
        if call.fields.required("accountType") != "UNIFIED":
            raise invalid("accountType only support UNIFIED.")
        return Answer({"list": [wallet_row(call.book)]})

    def withdrawal(self, call: Call) -> Answer:
        """Answer with what could be withdrawn."""
        coin = call.fields.required("coinName")
        free = self._world.funds(call.book.account).available if coin == "USDT" else Decimal(0)
        row = {
            "availableWithdrawal": money(free),
            "availableWithdrawalMap": {coin: money(free)},
        }
        return Answer(row, message="success")

    def info(self, call: Call) -> Answer:
        """Answer with the account's settings."""
        row = {
            "unifiedMarginStatus": 6,
            "marginMode": call.book.margin_mode,
            "isMasterTrader": False,
            "spotHedgingStatus": "OFF",
            "updatedTime": ms_text(self._world.now_ns),
            "dcpStatus": "OFF" if call.book.dead_man_window_s is None else "ON",
            "timeWindow": call.book.dead_man_window_s or 10,
            "smpGroup": 0,
        }
        return Answer(row, message="")

    def key_info(self, call: Call) -> Answer:
        """Answer with what a key may do."""
        permissions = {"ContractTrade": ["Order", "Position"], "Wallet": [], "Options": []}
        row = {
            "id": "1",
            "note": "simulated",
            "readOnly": 0,
            "permissions": permissions,
            "ips": ["*"],
            "type": 1,
            "uta": 1,
            "unified": 0,
            "userID": 1,
            "vipLevel": "No VIP",
            "isMaster": True,
            "parentUid": "0",
        }
        return Answer(row, message="")

    def coins(self, _: Call) -> Answer:
        """Answer with the one coin there is; nothing can be moved in or out."""
        chain = {
            "chain": "ETH",
            "chainType": "Ethereum (ERC20)",
            "confirmation": "6",
            "withdrawFee": "3",
            "depositMin": "0",
            "withdrawMin": "20",
            "minAccuracy": "6",
            "chainDeposit": "0",
            "chainWithdraw": "0",
            "withdrawPercentageFee": "0",
            "contractAddress": "",
        }
        coin = {"name": "USDT", "coin": "USDT", "remainAmount": "0", "chains": [chain]}
        return Answer({"rows": [coin]}, message="")

    def fee_rate(self, call: Call) -> Answer:
        """Answer with fees as fractions."""
        check_linear(call.fields)
        symbol = call.fields.text("symbol")
        names = list(self._world.markets) if symbol is None else [ContractId(symbol)]
        rows: list[Row] = [
            {
                "symbol": market.contract_id,
                "takerFeeRate": plain(market.taker_fee),
                "makerFeeRate": plain(market.maker_fee),
            }
            for market in (listed(self._world, name) for name in names)
        ]
        return Answer({"list": rows})

    def set_margin_mode(self, call: Call) -> Answer:
        """Set the margin mode of the whole account; a refusal says why, twice."""
        mode = call.fields.required_choice("setMarginMode", MARGIN_MODES)
        if mode == call.book.margin_mode:
            raise Refusal(errors.MARGIN_MODE_NOT_MODIFIED, "Margin mode is not modified")
        poor = self._world.funds(call.book.account).equity < PORTFOLIO_EQUITY_MIN
        if mode == "PORTFOLIO_MARGIN" and poor:
            why = "Equity needs to be equal to or greater than 1000 USDC"
            reasons = [{"reasonCode": "3400000", "reasonMsg": why}]
            raise Refusal(errors.MARGIN_MODE_FAILED, "Set margin mode failed", {"reasons": reasons})
        call.book.margin_mode = mode
        return Answer({"reasons": []}, message="Request accepted")

    def arm_dead_man(self, call: Call) -> Answer:
        """Let all orders be cancelled once the private sockets have been gone for a time."""
        if not self._terms.institutional:
            raise Refusal(errors.PERMISSION, "Permission denied, please check your API key.")
        call.fields.required_choice("product", ("DERIVATIVES", "SPOT", "OPTIONS"))
        window = call.fields.whole("timeWindow")
        if window is None or not WINDOW_MIN_S <= window <= WINDOW_MAX_S:
            raise invalid(f"timeWindow is {WINDOW_MIN_S} to {WINDOW_MAX_S} seconds")
        call.book.dead_man_window_s = window
        return Answer({}, message="success")


def _switch(book: AccountBook, name: ContractId, *, hedge: bool) -> None:
    if hedge:
        book.hedged.add(name)
    else:
        book.hedged.discard(name)


def _named(row: Row, query: Fields) -> bool:
    """Say whether a row is asked for; of several names the first that is given counts."""
    symbol, base = query.text("symbol"), query.text("baseCoin")
    for name in ("orderId", "orderLinkId"):
        if query.has(name):
            return row[name] == query.text(name)
    if symbol is not None:
        return row["symbol"] == symbol
    return base is None or row["symbol"] == f"{base}USDT"


def _page_of(rows: list[Row], cursor: str) -> Answer:
    return Answer({"category": "linear", "nextPageCursor": cursor, "list": rows})
