"""What an account holds and has been charged, and the settings it may choose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from exchange_clients.base_models import ONE, ZERO, ContractId
from venue_simulators.edgex.account_book import AccountBook, Venue
from venue_simulators.edgex.account_rows import FUNDING, Row, term_row
from venue_simulators.edgex.calls import Call
from venue_simulators.edgex.errors import EdgexError, invalid, required
from venue_simulators.edgex.examiner import Examiner
from venue_simulators.edgex.listing import tiers
from venue_simulators.edgex.order_api import words_of
from venue_simulators.edgex.paging import page
from venue_simulators.edgex.positions import Position
from venue_simulators.edgex.wording import COLLATERAL_ID, MS, Words, money, ms, plain

EVERY = "0"
"""The contract of a setting for all contracts that have none of their own."""
MARGIN_MODES = (0, 1)
"""Which of them is isolated, the documents do not say; positions here are always carried cross."""
DAY_NS = 86_400 * 10**9
LIGHT = 1
"""How near to being closed for others' losses a position is, from 1 to 5."""


class AccountApi:
    """Each public method is one endpoint."""

    def __init__(self, venue: Venue, examiner: Examiner) -> None:
        self._venue = venue
        self._world = venue.world
        self._examiner = examiner

    # What is held ---------------------------------------------------------------------------------

    def asset(self, call: Call) -> object:
        """Answer with the account, its collateral and its positions, valued at the oracle."""
        book = call.book
        return {
            "account": book.account_words(),
            "collateralList": [book.collateral_words()],
            "positionList": [book.position_words(name) for name in book.positions],
            "positionAssetList": [
                self._position_asset(book, position) for position in book.positions.values()
            ],
            "collateralAssetModelList": [self._collateral_asset(book)],
            "oraclePriceList": [self._oracle(name) for name in self._venue.contracts],
            "version": str(book.feed.version),
        }

    def account(self, call: Call) -> object:
        """Answer with the account alone."""
        return call.book.account_words()

    def account_page(self, call: Call) -> object:
        """Answer with the accounts of the key, of which there is one."""
        return page([call.book], call.fields, AccountBook.account_words)

    def positions(self, call: Call) -> object:
        """Answer with rows of positions; those never held are left out."""
        wanted = call.fields.texts("contractIdList")
        if not wanted:
            raise required("contractIdList")
        book = call.book
        return [book.position_words(name) for name in book.positions if name in wanted]

    def collaterals(self, call: Call) -> object:
        """Answer with the collateral."""
        wanted = call.fields.texts("coinIdList")
        return (
            [call.book.collateral_words()] if COLLATERAL_ID in (wanted or [COLLATERAL_ID]) else []
        )

    def terms(self, call: Call) -> object:
        """Answer with positions from their openings to their ends, the open ones last."""
        book, fields = call.book, call.fields
        account_id = book.member.account_id
        live = [
            term_row(account_id, position, long=position.size > 0)
            for position in book.positions.values()
            if position.size
        ]
        contracts = fields.allowed("filterContractIdList")
        rows = [row for row in [*book.terms, *live] if str(row["contractId"]) in contracts]
        return page(rows, fields, lambda row: row)

    def light(self, call: Call) -> object:
        """Answer with how near each position is to being closed for others' losses."""
        held = [name for name, position in call.book.positions.items() if position.size]
        return {"positionContractIdToLightNumberMap": {name: LIGHT for name in held}}

    def snapshots(self, call: Call) -> object:
        """Answer with the equity of the day, as of its beginning; days before are not kept."""
        book, now_ns = call.book, self._world.now_ns
        row = self._collateral_asset(book)
        words: Words = {
            "accountId": book.member.account_id,
            "coinId": COLLATERAL_ID,
            "timeTag": 1,
            "snapshotTime": ms(now_ns // DAY_NS * DAY_NS),
            "totalEquity": row["totalEquity"],
        }
        return page([words], call.fields, lambda each: each)

    # Ledgers --------------------------------------------------------------------------------------

    def movements(self, call: Call) -> object:
        """Answer with what happened to positions, newest first: fills and funding."""
        return _ledger_page(call, self._listed(call.book.movements))

    def collateral_movements(self, call: Call) -> object:
        """Answer with what happened to the collateral, newest first."""
        return _ledger_page(call, self._listed(call.book.collateral_movements))

    def movements_by_id(self, call: Call) -> object:
        """Answer with lines of the positions' ledger."""
        return _ledger_rows(call, "positionTransactionIdList", call.book.movements)

    def collateral_movements_by_id(self, call: Call) -> object:
        """Answer with lines of the collateral's ledger."""
        rows = call.book.collateral_movements
        return _ledger_rows(call, "collateralTransactionIdList", rows)

    def _listed(self, ledger: list[Row]) -> list[Row]:
        """Return what lists show by now of a ledger."""
        return [row for row in ledger if row.kind not in FUNDING or self._world.listed(row.at_ns)]

    # Settings -------------------------------------------------------------------------------------

    def set_leverage(self, call: Call) -> object:
        """Choose a leverage, refused while the contract has open orders."""
        book, contract_id = call.book, call.fields.text("contractId")
        leverage = Decimal(call.fields.digits("leverage"))
        every = contract_id == EVERY
        if not every and contract_id not in self._venue.contracts:
            raise EdgexError("CONTRACT_NOT_FOUND", f"invalid contractId:{contract_id}")
        concerned = [
            name
            for name in self._venue.contracts
            if name == contract_id or (every and name not in book.leverages)
        ]
        for name in concerned:
            self._check_leverage(book, name, leverage)
        for name in concerned:
            self._world.set_leverage(book.member.name, name, leverage)
        book.leverages[contract_id] = leverage
        book.account_changed()
        return {}

    def _check_leverage(self, book: AccountBook, name: ContractId, leverage: Decimal) -> None:
        limit = self._venue.listed[name].market.max_leverage
        if leverage < ONE or leverage > limit:
            raise EdgexError("ACCOUNT_UPDATE_LEVERAGE_FAILED_LIMIT", f"leverage {leverage}")
        live = self._venue.desk.active(book.member.name)
        if any(record.form.contract.contract_id == name for record in live):
            raise EdgexError("ACCOUNT_UPDATE_LEVERAGE_FAILED_ORDER")
        account = book.member.name
        before = self._world.leverage(account, name)
        if self._world.set_leverage(account, name, leverage).reason is not None:
            raise EdgexError("ACCOUNT_UPDATE_LEVERAGE_FAILED_MARGIN_NOT_ENOUGH")
        self._world.set_leverage(account, name, before)

    def set_margin_mode(self, call: Call) -> object:
        """Note a margin mode that the signer has chosen for a contract."""
        book, fields = call.book, call.fields
        contract_id = ContractId(fields.text("contractId"))
        if contract_id not in self._venue.contracts:
            raise EdgexError("CONTRACT_NOT_FOUND", f"invalid contractId:{contract_id}")
        mode, nonce = fields.digits("marginMode"), fields.digits("l2Nonce")
        if mode not in MARGIN_MODES:
            raise invalid("marginMode", mode)
        if fields.digits("l2ExpireTime") <= self._world.now_ns // MS:
            raise EdgexError("INVALID_L2_EXPIRE_TIME")
        if fields.text("signer").lower() != book.member.signer:
            raise EdgexError("INVALID_L2_SIGNATURE", "another signer")
        self._examiner.check_margin(book, contract_id, mode, nonce, fields.text("l2Signature"))
        book.margin_modes[contract_id] = mode
        book.account_changed()
        return {}

    # Wording --------------------------------------------------------------------------------------

    def _position_asset(self, book: AccountBook, position: Position) -> Words:
        contract_id = position.contract_id
        name = book.member.name
        held = {each.contract_id: each for each in self._world.positions(name)}.get(contract_id)
        value = position.size * self._world.prices(contract_id).mark
        leverage = self._world.leverage(name, contract_id)
        risk = self._risk_rate(contract_id, abs(value))
        liquidation = held.liquidation_price if held else None
        cash_per_unit = book.amount / position.size if position.size else ZERO
        return {
            "accountId": book.member.account_id,
            "coinId": COLLATERAL_ID,
            "contractId": contract_id,
            "positionValue": money(value),
            "maxLeverage": plain(leverage),
            "initialMarginRequirement": money(abs(value) / leverage),
            "riskRate": plain(risk),
            "riskValue": money(abs(value) * risk),
            "avgEntryPrice": plain(_shortened(position.entry)),
            "liquidatePrice": plain(_shortened(liquidation or ZERO)),
            "bankruptPrice": plain(_shortened(max(-cash_per_unit, ZERO))),
            "worstClosePrice": plain(_shortened(max(-cash_per_unit, ZERO))),
            "unrealizePnl": money(value - position.open_value),
            "termRealizePnl": money(position.term_profit),
            "totalRealizePnl": money(position.total_profit),
        }

    def _risk_rate(self, contract_id: ContractId, value: Decimal) -> Decimal:
        for tier in tiers(self._venue.listed[contract_id]):
            if tier.max_notional is None or value <= tier.max_notional:
                return tier.maintenance_margin
        raise AssertionError("the last tier has no limit")

    def _collateral_asset(self, book: AccountBook) -> Words:
        rows = [self._position_asset(book, each) for each in book.positions.values()]
        values = [Decimal(str(row["positionValue"])) for row in rows]
        margin = sum((Decimal(str(row["initialMarginRequirement"])) for row in rows), ZERO)
        risk = sum((Decimal(str(row["riskValue"])) for row in rows), ZERO)
        funds = self._world.funds(book.member.name)
        frozen = max(funds.initial_margin - margin, ZERO)
        equity = book.amount + sum(values, ZERO)
        return {
            "accountId": book.member.account_id,
            "coinId": COLLATERAL_ID,
            "totalEquity": money(equity),
            "totalPositionValueAbs": money(sum(map(abs, values), ZERO)),
            "initialMarginRequirement": money(margin),
            "riskValue": money(risk),
            "pendingWithdrawAmount": "0",
            "pendingTransferOutAmount": "0",
            "orderFrozenAmount": money(frozen),
            "availableAmount": money(equity - margin - frozen),
        }

    def _oracle(self, contract_id: ContractId) -> Words:
        return {
            "contractId": contract_id,
            "priceType": "ORACLE_PRICE",
            "priceValue": plain(self._world.prices(contract_id).mark),
            "createdTime": ms(self._world.now_ns),
        }


def routes(api: AccountApi) -> Mapping[tuple[str, str], Callable[[Call], object]]:
    """Return the endpoints by method and name."""
    return {
        ("GET", "account/getAccountAsset"): api.asset,
        ("GET", "account/getAccountById"): api.account,
        ("GET", "account/getAccountPage"): api.account_page,
        ("GET", "account/getPositionByContractId"): api.positions,
        ("GET", "account/getCollateralByCoinId"): api.collaterals,
        ("GET", "account/getPositionTermPage"): api.terms,
        ("GET", "account/getAccountDeleverageLight"): api.light,
        ("GET", "account/getAccountAssetSnapshotPage"): api.snapshots,
        ("GET", "account/getPositionTransactionPage"): api.movements,
        ("GET", "account/getCollateralTransactionPage"): api.collateral_movements,
        ("GET", "account/getPositionTransactionById"): api.movements_by_id,
        ("GET", "account/getCollateralTransactionById"): api.collateral_movements_by_id,
        ("POST", "account/updateLeverageSetting"): api.set_leverage,
        ("POST", "account/setMarginMode"): api.set_margin_mode,
    }


def _ledger_page(call: Call, ledger: list[Row]) -> Words:
    fields = call.fields
    kinds, contracts = fields.allowed("filterTypeList"), fields.allowed("filterContractIdList")
    coins, span = fields.allowed("filterCoinIdList"), fields.span()
    rows = [
        row
        for row in ledger
        if row.kind in kinds
        and row.contract_id in contracts
        and COLLATERAL_ID in coins
        and row.at_ns // MS in span
    ]
    return page(rows, fields, words_of)


def _ledger_rows(call: Call, name: str, ledger: list[Row]) -> list[Words]:
    wanted = call.fields.texts(name)
    if not wanted:
        raise required(name)
    return [row.words for row in ledger if row.row_id in wanted]


def _shortened(price: Decimal) -> Decimal:
    """Return a price that was divided, with as many digits as the venue shows."""
    return price.quantize(Decimal("0.0000000001"))
