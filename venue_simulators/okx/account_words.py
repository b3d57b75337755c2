"""Positions and money of an account in OKX's words; what does not apply is an empty text."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import ZERO
from venue_simulators.okx.account_book import AccountBook
from venue_simulators.okx.listing import Instrument, Listing, brackets_of
from venue_simulators.okx.positions import NET, ClosedLeg, Leg, LegKey
from venue_simulators.okx.wording import Row, ms, plain, rounded
from venue_simulators.world import World

_CLOSED_BY_USER, _LIQUIDATED = "2", "3"


class AccountWords:
    """Words one account's state.

    Args:
        world: Where the account trades.
        listing: The instruments.
    """

    def __init__(self, world: World, listing: Listing) -> None:
        self._world = world
        self._listing = listing

    # Positions ------------------------------------------------------------------------------------

    def position_rows(self, book: AccountBook) -> list[Row]:
        """Return the open positions, in the order in which they were opened."""
        return [self.position_row(book, leg) for leg in book.positions.legs.values()]

    def position_row(self, book: AccountBook, leg: Leg) -> Row:
        """Return an open position; ``pos`` is signed in net mode alone."""
        world, instrument = self._world, self._listing.by_id[leg.contract_id]
        ticker = world.ticker(leg.contract_id)
        notional = abs(leg.net) * ticker.mark
        lever = book.lever(leg.contract_id, leg.margin_mode)
        initial, maintenance = notional / lever, _maintenance(instrument, notional)
        isolated = leg.margin_mode == "isolated"
        margin = abs(leg.cost) / lever + leg.added_margin
        upl = leg.unrealised(ticker.mark)
        at_stake = margin + upl if isolated else world.funds(book.account).equity
        size = leg.net if leg.pos_side == NET else abs(leg.net)
        return {
            "instType": "SWAP",
            "instId": leg.contract_id,
            "posId": leg.pos_id,
            "posSide": leg.pos_side,
            "mgnMode": leg.margin_mode,
            "pos": instrument.wire(size),
            "availPos": "" if leg.pos_side == NET else self._available(book, leg, instrument),
            "posCcy": "",
            "ccy": "USDT",
            "avgPx": rounded(leg.entry),
            "nonSettleAvgPx": "",
            "markPx": plain(ticker.mark),
            "idxPx": plain(ticker.index),
            "last": plain(ticker.last),
            "upl": rounded(upl),
            "uplRatio": rounded(upl * lever / abs(leg.cost)) if leg.cost else "0",
            "uplLastPx": rounded(leg.unrealised(ticker.last)),
            "uplRatioLastPx": "",
            "liqPx": self._liquidation(book, leg),
            "lever": plain(lever),
            "margin": rounded(margin) if isolated else "",
            "imr": "" if isolated else rounded(initial),
            "mmr": rounded(maintenance),
            "mgnRatio": rounded(at_stake / maintenance) if maintenance else "",
            "notionalUsd": rounded(notional),
            "adl": "1",
            "tradeId": leg.trade_id,
            "interest": "",
            "liab": "",
            "liabCcy": "",
            "optVal": "",
            "pendingCloseOrdLiabVal": "",
            "bePx": rounded(_break_even(leg)),
            "pnl": rounded(leg.realised),
            "fee": plain(-leg.fees),
            "fundingFee": plain(leg.funding),
            "realizedPnl": rounded(leg.realised - leg.fees + leg.funding),
            "liqPenalty": "0",
            "closeOrderAlgo": [],
            "cTime": ms(leg.opened_ns),
            "uTime": ms(leg.updated_ns),
        }

    def gone_row(self, book: AccountBook, key: LegKey) -> Row:
        """Return a position that has ended, as the streams tell of its end."""
        contract_id, pos_side = key
        last = next(one for one in reversed(book.positions.closed) if one.leg.key == key)
        words = dict.fromkeys(_EMPTY_WHEN_GONE, "")
        return {
            "instType": "SWAP",
            "instId": contract_id,
            "posId": last.leg.pos_id,
            "posSide": pos_side,
            "mgnMode": last.leg.margin_mode,
            "pos": "0",
            "ccy": "USDT",
            "lever": plain(book.lever(contract_id, last.leg.margin_mode)),
            "tradeId": last.leg.trade_id,
            "closeOrderAlgo": [],
            **words,
            "cTime": ms(last.leg.opened_ns),
            "uTime": ms(last.closed_ns),
        }

    def closed_row(self, book: AccountBook, closed: ClosedLeg) -> Row:
        """Return a position as the history lists it."""
        leg = closed.leg
        instrument = self._listing.by_id[leg.contract_id]
        realised = leg.realised - leg.fees + leg.funding
        return {
            "instType": "SWAP",
            "instId": leg.contract_id,
            "posId": leg.pos_id,
            "mgnMode": leg.margin_mode,
            "posSide": leg.pos_side,
            "direction": closed.direction,
            "lever": plain(book.lever(leg.contract_id, leg.margin_mode)),
            "ccy": "USDT",
            "uly": instrument.family,
            "openAvgPx": rounded(leg.opened_cost / leg.opened_size),
            "closeAvgPx": rounded(leg.closed_cost / leg.closed_size),
            "openMaxPos": instrument.wire(leg.largest),
            "closeTotalPos": instrument.wire(leg.closed_size),
            "pnl": rounded(leg.realised),
            "pnlRatio": "",
            "fee": plain(-leg.fees),
            "fundingFee": plain(leg.funding),
            "liqPenalty": "0",
            "realizedPnl": rounded(realised),
            "type": _LIQUIDATED if leg.liquidated else _CLOSED_BY_USER,
            "cTime": ms(leg.opened_ns),
            "uTime": ms(closed.closed_ns),
        }

    def _available(self, book: AccountBook, leg: Leg, instrument: Instrument) -> str:
        return instrument.wire(abs(leg.net) - book.closing(leg.key))

    def _liquidation(self, book: AccountBook, leg: Leg) -> str:
        if leg.pos_side != NET:
            return ""
        held = [
            one for one in self._world.positions(book.account) if one.contract_id == leg.contract_id
        ]
        price = held[0].liquidation_price if held else None
        return "" if price is None else rounded(price)

    # Money ----------------------------------------------------------------------------------------

    def money_row(self, book: AccountBook) -> Row:
        """Return the balance; margin figures of the whole account belong to other modes."""
        world = self._world
        funds = world.funds(book.account)
        legs = list(book.positions.legs.values())
        upl = sum(
            (leg.unrealised(world.prices(leg.contract_id).mark) for leg in legs),
            ZERO,
        )
        # The world nets long and short; what it calls realised may still stand in both.
        cash = funds.equity - upl if book.long_short else funds.cash
        added = sum((leg.added_margin for leg in legs), ZERO)
        available = max(funds.available - added, ZERO)
        frozen = funds.initial_margin + added
        at = ms(world.now_ns)
        detail: Row = {
            "ccy": "USDT",
            "eq": plain(funds.equity),
            "cashBal": rounded(cash),
            "uTime": at,
            "isoEq": plain(added),
            "availEq": plain(available),
            "availBal": plain(available),
            "disEq": plain(funds.equity * funds.price),
            "fixedBal": "0",
            "frozenBal": plain(frozen),
            "ordFrozen": rounded(self._bound_by_orders(book)),
            "liab": "",
            "upl": plain(funds.equity - funds.cash) if not book.long_short else rounded(upl),
            "uplLiab": "",
            "crossLiab": "",
            "isoLiab": "",
            "mgnRatio": "",
            "imr": plain(funds.initial_margin),
            "mmr": plain(funds.maintenance_margin),
            "interest": "",
            "twap": "0",
            "maxLoan": "",
            "eqUsd": plain(funds.equity * funds.price),
            "notionalLever": "",
            "stgyEq": "0",
            "isoUpl": "0",
            "spotInUseAmt": "",
        }
        empty = dict.fromkeys(("adjEq", "availEq", "imr", "mmr", "mgnRatio", "upl"), "")
        more = dict.fromkeys(("borrowFroz", "notionalUsd", "notionalUsdForBorrow"), "")
        return {
            "uTime": at,
            "totalEq": plain(funds.equity * funds.price),
            "isoEq": plain(added),
            "ordFroz": "",
            **empty,
            **more,
            "details": [detail],
        }

    def _bound_by_orders(self, book: AccountBook) -> Decimal:
        bound = ZERO
        for one in book.pending():
            asked = one.asked
            if asked.reduce_only or asked.closes or one.price is None:
                continue
            lever = book.lever(asked.instrument.inst_id, asked.td_mode)
            bound += (one.size - one.filled) * one.price / lever
        return bound


def dust_row() -> Row:
    """Return the balance of a coin of which there is next to nothing."""
    empty = dict.fromkeys(("availEq", "upl", "imr", "mmr", "mgnRatio", "uTime", "disEq"), "")
    amounts = {"eq": "0.00000012", "cashBal": "0.00000012", "availBal": "", "eqUsd": ""}
    return {"ccy": "OKB", **amounts, "frozenBal": "0", "ordFrozen": "", **empty}


_EMPTY_WHEN_GONE = (
    "availPos",
    "posCcy",
    "avgPx",
    "markPx",
    "idxPx",
    "last",
    "upl",
    "uplRatio",
    "liqPx",
    "margin",
    "imr",
    "mmr",
    "mgnRatio",
    "notionalUsd",
    "adl",
    "bePx",
)


def _maintenance(instrument: Instrument, notional: Decimal) -> Decimal:
    for bracket in brackets_of(instrument.market):
        if bracket.max_notional is None or notional <= bracket.max_notional:
            return notional * bracket.maintenance_margin
    raise AssertionError("the last tier has no limit")


def _break_even(leg: Leg) -> Decimal:
    """Return the price at which closing would leave nothing, fees and funding so far included."""
    return (leg.cost + leg.fees - leg.funding) / leg.net if leg.net else ZERO
