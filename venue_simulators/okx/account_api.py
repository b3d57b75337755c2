"""What an account holds and may do: balance, positions, settings, limits, fees and bills."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from exchange_clients.base_models import ZERO, ContractId
from venue_simulators.okx.account_book import AccountBook
from venue_simulators.okx.account_words import AccountWords
from venue_simulators.okx.algo_desk import AlgoDesk
from venue_simulators.okx.bills import FUNDING
from venue_simulators.okx.calls import Call
from venue_simulators.okx.errors import OkxError, parameter_empty, unlisted
from venue_simulators.okx.listing import MAKER_FEE, TAKER_FEE, Instrument, Listing
from venue_simulators.okx.order_form import MARGIN_MODES, read_pos_side
from venue_simulators.okx.paging import page
from venue_simulators.okx.public_api import INST_TYPES, PublicApi
from venue_simulators.okx.wording import MS_NS, Row, ms, plain, rounded
from venue_simulators.world import World

FUTURES_MODE = "2"
DAY_NS = 86_400 * 1_000_000_000
_BILL_TYPES = tuple(str(number) for number in range(1, 500))


class AccountApi:
    """Each public method is one endpoint.

    Args:
        world: Where the accounts trade.
        listing: The instruments.
        public: Words the instruments.
        algos: The waiting algo orders.
    """

    def __init__(self, world: World, listing: Listing, public: PublicApi, algos: AlgoDesk) -> None:
        self._world = world
        self._listing = listing
        self._public = public
        self._algos = algos
        self.words = AccountWords(world, listing)

    # What it holds --------------------------------------------------------------------------------

    def balance(self, call: Call) -> Sequence[object]:
        """Answer with the money, of some coins if they are named."""
        row = self.words.money_row(call.book)
        wanted = call.fields.text("ccy")
        if wanted is not None and "USDT" not in wanted.split(","):
            row["details"] = []
        return [row]

    def positions(self, call: Call) -> Sequence[object]:
        """Answer with open positions."""
        kind, inst_id = call.fields.choice("instType", INST_TYPES), call.fields.text("instId")
        pos_id = call.fields.text("posId")
        if kind not in (None, "SWAP"):
            return []
        return [
            self.words.position_row(call.book, leg)
            for leg in call.book.positions.legs.values()
            if (inst_id is None or leg.contract_id in inst_id.split(","))
            and (pos_id is None or leg.pos_id in pos_id.split(","))
        ]

    def past_positions(self, call: Call) -> Sequence[object]:
        """Answer with a page of positions that have closed, by the time of that."""
        query = call.fields
        inst_id, mode = query.text("instId"), query.choice("mgnMode", MARGIN_MODES)
        since_ns = self._world.now_ns - 90 * DAY_NS
        closed = [
            one
            for one in call.book.positions.closed
            if inst_id in (None, one.leg.contract_id)
            and mode in (None, one.leg.margin_mode)
            and one.closed_ns >= since_ns
            and query.choice("instType", INST_TYPES) in (None, "SWAP")
        ]
        rows = page(query, closed, lambda one: one.closed_ns // MS_NS)
        return [self.words.closed_row(call.book, one) for one in rows]

    def bills(self, call: Call) -> Sequence[object]:
        """Answer with a page of the bills of a week."""
        return self._billed(call, 7 * DAY_NS)

    def old_bills(self, call: Call) -> Sequence[object]:
        """Answer with a page of the bills of three months."""
        return self._billed(call, 90 * DAY_NS)

    def _billed(self, call: Call, span_ns: int) -> Sequence[object]:
        query = call.fields
        kind, inst_id = query.choice("type", _BILL_TYPES), query.text("instId")
        sub_type, coin = query.text("subType"), query.text("ccy")
        begin, end = query.whole("begin"), query.whole("end")
        since_ns = self._world.now_ns - span_ns
        chosen = [
            one
            for one in call.book.bills.bills
            if kind in (None, one.type)
            and inst_id in (None, one.inst_id)
            and sub_type in (None, one.row["subType"])
            and coin in (None, "USDT")
            and query.choice("instType", INST_TYPES) in (None, "SWAP")
            and one.at_ns >= since_ns
            and (begin is None or one.at_ns // MS_NS >= begin)
            and (end is None or one.at_ns // MS_NS <= end)
            and (one.type != FUNDING or self._world.listed(one.at_ns))
        ]
        return [one.row for one in page(query, chosen, lambda one: one.number)]

    def currencies(self, call: Call) -> Sequence[object]:
        """Answer with the coins there are: one."""
        del call
        fees = {"minFee": "1", "maxFee": "1", "fee": "1", "minWd": "2", "maxWd": "1000000"}
        switches = {"canDep": True, "canWd": True, "canInternal": True}
        return [{"ccy": "USDT", "name": "Tether", "chain": "USDT-TRC20", **fees, **switches}]

    # What it may do -------------------------------------------------------------------------------

    def config(self, call: Call) -> Sequence[object]:
        """Answer with the account's settings."""
        uid = call.book.keys.uid
        return [
            {
                "uid": uid,
                "mainUid": uid,
                "acctLv": FUTURES_MODE,
                "posMode": "long_short_mode" if call.book.long_short else "net_mode",
                "acctStpMode": "cancel_maker",
                "autoLoan": False,
                "ctIsoMode": "automatic",
                "mgnIsoMode": "automatic",
                "greeksType": "PA",
                "level": "Lv1",
                "levelTmp": "",
                "kycLv": "3",
                "label": "main",
                "perm": ",".join(call.book.rights),
                "ip": "",
                "roleType": "0",
                "opAuth": "1",
                "enableSpotBorrow": False,
                "spotOffsetType": "",
                "settleCcy": "USDT",
                "type": "0",
            }
        ]

    def instruments(self, call: Call) -> Sequence[object]:
        """Answer with the instruments that the account may trade."""
        return self._public.instruments(call.fields)

    def set_position_mode(self, call: Call) -> Sequence[object]:
        """Choose between one position for each instrument and two."""
        mode = call.fields.required_choice("posMode", ("net_mode", "long_short_mode"))
        book = call.book
        wanted = mode == "long_short_mode"
        busy = book.positions.legs or book.pending() or self._algos.live(book)
        if busy and wanted is not book.long_short:
            raise OkxError("59000", "Setting failed. Close any open orders or positions first.")
        book.long_short = wanted
        return [{"posMode": mode}]

    def fees(self, call: Call) -> Sequence[object]:
        """Answer with the account's fees; negative is what is paid."""
        kind = call.fields.required_choice("instType", INST_TYPES)
        maker, taker = plain(-MAKER_FEE), plain(-TAKER_FEE)
        swap = kind in ("SWAP", "FUTURES")
        return [
            {
                "instType": kind,
                "level": "Lv1",
                "category": "1",
                "maker": "" if swap else maker,
                "taker": "" if swap else taker,
                "makerU": maker if swap else "",
                "takerU": taker if swap else "",
                "makerUSDC": maker,
                "takerUSDC": taker,
                "delivery": "",
                "exercise": "",
                "ruleType": "normal",
                "feeGroup": [],
                "fiat": [],
                "ts": ms(self._world.now_ns),
            }
        ]

    # Leverage and margin --------------------------------------------------------------------------

    def lever(self, call: Call) -> Sequence[object]:
        """Answer with the leverage of instruments in one margin mode."""
        mode = call.fields.required_choice("mgnMode", MARGIN_MODES)
        names = call.fields.required("instId").split(",")
        rows: list[Row] = []
        for name in names:
            rows += self._lever_rows(call.book, self._instrument(name), mode)
        return rows

    def set_lever(self, call: Call) -> Sequence[object]:
        """Choose the leverage of an instrument in one margin mode."""
        instrument = self._instrument(call.fields.required("instId"))
        mode = call.fields.required_choice("mgnMode", MARGIN_MODES)
        lever = call.fields.positive("lever")
        if lever is None:
            raise parameter_empty("lever")
        both = call.book.long_short and mode == "isolated"
        pos_side = read_pos_side(call.fields, call.book) if both else ""
        if lever > instrument.market.max_leverage:
            raise OkxError("59102", "Leverage exceeds the maximum limit. Please lower it.")
        if lever < 1:
            raise OkxError("59105", "Leverage can't be lower than 1.")
        self._choose(call.book, instrument, mode, lever)
        return [
            {
                "instId": instrument.inst_id,
                "lever": plain(lever),
                "mgnMode": mode,
                "posSide": pos_side,
            }
        ]

    def _choose(self, book: AccountBook, instrument: Instrument, mode: str, lever: Decimal) -> None:
        inst_id = instrument.inst_id
        modes = [leg.margin_mode for leg in book.positions.of(inst_id)]
        modes += [one.asked.td_mode for one in book.pending(inst_id)]
        if not modes or mode in modes:
            outcome = self._world.set_leverage(book.account, inst_id, lever)
            if outcome.reason is not None:
                raise OkxError(
                    "59109", "Account equity is less than the margin required after adjustment."
                )
        book.levers[inst_id, mode] = lever

    def _lever_rows(self, book: AccountBook, instrument: Instrument, mode: str) -> list[Row]:
        both = book.long_short and mode == "isolated"
        lever = plain(book.lever(instrument.inst_id, mode))
        return [
            {
                "instId": instrument.inst_id,
                "ccy": "",
                "mgnMode": mode,
                "posSide": side,
                "lever": lever,
            }
            for side in (("long", "short") if both else ("",))
        ]

    def change_margin(self, call: Call) -> Sequence[object]:
        """Put money to an isolated position, or take back what was put there."""
        instrument = self._instrument(call.fields.required("instId"))
        pos_side = read_pos_side(call.fields, call.book)
        kind = call.fields.required_choice("type", ("add", "reduce"))
        amount = call.fields.positive("amt")
        if amount is None:
            raise parameter_empty("amt")
        leg = call.book.positions.legs.get((instrument.inst_id, pos_side))
        if leg is None or leg.margin_mode != "isolated":
            raise OkxError("51023", "Position does not exist.")
        free = self._world.funds(call.book.account).available - leg.added_margin
        if amount > (free if kind == "add" else leg.added_margin):
            raise OkxError("51131", "Insufficient balance")
        leg.added_margin += amount if kind == "add" else -amount
        lever = call.book.lever(instrument.inst_id, "isolated")
        return [
            {
                "instId": instrument.inst_id,
                "posSide": pos_side,
                "type": kind,
                "amt": plain(amount),
                "leverage": rounded(lever),
                "ccy": "USDT",
            }
        ]

    def max_size(self, call: Call) -> Sequence[object]:
        """Answer with the largest orders that the account can carry, in contracts."""
        return self._largest(call, "maxBuy", "maxSell")

    def max_available(self, call: Call) -> Sequence[object]:
        """Answer with the same under other names."""
        return self._largest(call, "availBuy", "availSell")

    def _largest(self, call: Call, buy: str, sell: str) -> Sequence[object]:
        mode = call.fields.required_choice("tdMode", MARGIN_MODES)
        px = call.fields.positive("px")
        rows: list[Row] = []
        for name in call.fields.required("instId").split(","):
            instrument = self._instrument(name)
            inst_id: ContractId = instrument.inst_id
            price = px or self._world.prices(inst_id).mark
            free = self._world.funds(call.book.account).available
            size = free * call.book.lever(inst_id, mode) / price / (1 + TAKER_FEE)
            net = sum((leg.net for leg in call.book.positions.of(inst_id)), ZERO)
            round_size = instrument.market.round_size
            rows.append(
                {
                    "instId": inst_id,
                    "ccy": "USDT",
                    buy: instrument.wire(round_size(size + 2 * max(-net, ZERO))),
                    sell: instrument.wire(round_size(size + 2 * max(net, ZERO))),
                }
            )
        return rows

    def _instrument(self, name: str) -> Instrument:
        found = self._listing.find(name)
        if found is None:
            raise unlisted()
        return found
