"""Private reads and settings: what an account holds, has done and how it is set up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from exchange_clients.base_models import ONE, ZERO, Reason
from venue_simulators.grvt.account_book import AccountBook, Row
from venue_simulators.grvt.account_wording import spot_balance
from venue_simulators.grvt.body import Body
from venue_simulators.grvt.errors import GrvtError
from venue_simulators.grvt.examiner import Examiner, validity_of
from venue_simulators.grvt.instruments import Instrument, Instruments
from venue_simulators.grvt.order_form import read_signature
from venue_simulators.grvt.paging import page, span_of
from venue_simulators.grvt.signatures import (
    LEVERAGE_SCALE,
    MARGIN_TYPE_CODES,
    position_config_digest,
)
from venue_simulators.grvt.wording import Words, number
from venue_simulators.world import World

CENTIBEEPS = 1_000_000
"""Of which a fraction of one has as many."""


class AccountApi:
    """Endpoints of the trading host that are not about orders."""

    def __init__(self, world: World, instruments: Instruments, examiner: Examiner) -> None:
        self._world = world
        self._instruments = instruments
        self._examiner = examiner

    # Reads ----------------------------------------------------------------------------------------

    def fill_history(self, book: AccountBook, body: Body) -> Words:
        """Return fills, newest first."""
        return self._history(book.visible(book.fills), body)

    def funding_payment_history(self, book: AccountBook, body: Body) -> Words:
        """Return funding payments, newest first; those paid are positive."""
        rows = [row for row in book.visible(book.payments) if self._world.listed(row.at_ns)]
        if body.has("instrument"):
            only = self._instruments.of(body).contract_id
            rows = [row for row in rows if row.contract_id == only]
            return self._history(rows, Body({**body.fields, "base": [], "quote": []}))
        return self._history(rows, _listed(body))

    def positions(self, book: AccountBook, body: Body) -> Words:
        """Return open positions."""
        state = book.state()
        chosen = [each.contract_id for each in self._instruments.selected(body)]
        held = [each for each in state.positions if each in chosen]
        return {"result": [book.position(contract_id, state) for contract_id in held]}

    def account_summary(self, book: AccountBook, body: Body) -> Words:
        """Return margin and balances."""
        del body
        return {"result": book.summary()}

    def funding_account_summary(self, book: AccountBook, body: Body) -> Words:
        """Return the main account, which carries the fee tier."""
        del body
        market = self._instruments.all[0].market
        funds = book.state().funds
        tier: Words = {
            "tier": 1,
            "futures_taker_fee": int(market.taker_fee * CENTIBEEPS),
            "futures_maker_fee": int(market.maker_fee * CENTIBEEPS),
        }
        result: Words = {
            "main_account_id": book.member.main_account,
            "total_equity": number(funds.equity),
            "spot_balances": [spot_balance(replace(funds, cash=ZERO))],
        }
        return {"result": result, "tier": tier}

    def aggregated_account_summary(self, book: AccountBook, body: Body) -> Words:
        """Return the main account with everything in its trading accounts added up."""
        del body
        funds = book.state().funds
        return {
            "result": {
                "main_account_id": book.member.main_account,
                "total_equity": number(funds.equity),
                "spot_balances": [spot_balance(funds)],
                "vault_investments": [],
                "total_sub_account_balance": number(funds.cash),
                "total_sub_account_equity": number(funds.equity),
                "total_vault_investments_balance": "0",
                "total_sub_account_available_balance": number(funds.available),
                "total_usd_notional_invested": "0",
            }
        }

    def get_sub_accounts(self, book: AccountBook, body: Body) -> Words:
        """Return the trading accounts of the main account."""
        del body
        return {"sub_account_ids": [book.member.sub_account_id]}

    def get_all_initial_leverage(self, book: AccountBook, body: Body) -> Words:
        """Return each market's leverage and its bounds."""
        del body
        rows: list[Words] = [
            {
                "instrument": each.contract_id,
                "leverage": number(self._world.leverage(book.member.name, each.contract_id)),
                "min_leverage": "1",
                "max_leverage": number(each.market.max_leverage),
                "margin_type": book.margin_type(each.contract_id),
            }
            for each in self._instruments.all
        ]
        return {"results": rows}

    # Settings -------------------------------------------------------------------------------------

    def set_initial_leverage(self, book: AccountBook, body: Body) -> Words:
        """Set a market's leverage, which needs no signature."""
        instrument = self._instruments.of(body)
        leverage = body.decimal("leverage")
        if leverage % 1 or not 1 <= leverage <= instrument.market.max_leverage:
            raise GrvtError(2100)
        self._set_leverage(book, instrument, leverage)
        return {"success": True}

    def set_position_config(self, book: AccountBook, body: Body) -> Words:
        """Set a market's leverage and margin type; this is signed."""
        instrument = self._instruments.of(body)
        leverage, margin_type = body.decimal("leverage"), body.text("margin_type")
        if leverage % 1 or margin_type not in MARGIN_TYPE_CODES:
            raise GrvtError(2100)
        if leverage < ONE:
            raise GrvtError(2107)
        if leverage > instrument.market.max_leverage:
            raise GrvtError(2108)
        self._check_signature(book, body, instrument)
        contract_id = instrument.contract_id
        if margin_type != book.margin_type(contract_id):
            held = self._world.positions(book.member.name)
            if any(each.contract_id == contract_id for each in held):
                raise GrvtError(2102)
            if self._world.open_orders(book.member.name, contract_id):
                raise GrvtError(2103)
        self._set_leverage(book, instrument, leverage)
        book.margin_types[contract_id] = margin_type
        return {"ack": True}

    def _check_signature(self, book: AccountBook, body: Body, instrument: Instrument) -> None:
        signature = read_signature(body.part("signature"))
        self._examiner.check_claims(signature, book.member, self._world.now_ns)
        digest = position_config_digest(
            int(book.member.sub_account_id),
            instrument.asset_id,
            body.text("margin_type"),
            int(body.decimal("leverage") * LEVERAGE_SCALE),
            validity_of(signature, self._examiner.chain_id),
        )
        self._examiner.check_signer(signature, digest)

    def _set_leverage(self, book: AccountBook, instrument: Instrument, leverage: Decimal) -> None:
        outcome = self._world.set_leverage(book.member.name, instrument.contract_id, leverage)
        if outcome.reason is Reason.INSUFFICIENT_MARGIN:
            raise GrvtError(2084)
        if outcome.reason is not None:
            raise GrvtError(2100)

    def _history(self, rows: list[Row], body: Body) -> Words:
        start_ns, end_ns = span_of(body)
        chosen = [each.contract_id for each in self._instruments.selected(body)]
        matching = [
            row for row in rows if start_ns <= row.at_ns <= end_ns and row.contract_id in chosen
        ]
        shown, following = page(matching, body)
        return {"result": [row.words for row in shown], "next": following}


def _listed(body: Body) -> Body:
    """Return the filters as lists: here alone GRVT takes one base and one quote by name."""
    fields: Mapping[str, object] = {
        name: [value] if name in ("base", "quote") and isinstance(value, str) else value
        for name, value in body.fields.items()
    }
    return Body(fields)
