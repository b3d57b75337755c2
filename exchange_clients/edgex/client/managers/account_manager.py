"""The account's money and its settings, as edgeX words them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from exchange_clients.base_models import ZERO, ContractId, LeverageInfo
from exchange_clients.edgex.client.managers.position_manager import Worth, profit_of
from exchange_clients.edgex.client.utils.converters import (
    FUNDING,
    Answer,
    Settlement,
    pages,
    told,
)
from exchange_clients.edgex.common import QUOTE, QUOTE_COIN, deed, query
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import FundingPayment
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.instants import MS
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.order_rows import payments_within
from exchange_clients.shared.rows import read_rows
from exchange_clients.shared.venue import Funds

LIMIT = 100


class _Settings(msgspec.Struct, rename="camel"):
    """What is set of leverage and fees; flags say what counts."""

    default_trade_setting: dict[str, object] | None = None
    contract_id_to_trade_setting: dict[str, dict[str, object]] = {}

    def of(self, contract_id: ContractId) -> Sequence[Mapping[str, object]]:
        """Return what applies to a contract, its own setting first."""
        own = self.contract_id_to_trade_setting.get(contract_id, {})
        return [own, self.default_trade_setting or {}]


class _Asset(msgspec.Struct, rename="camel"):
    account: _Settings
    collateral_asset_model_list: list[dict[str, object]]
    position_asset_list: list[Worth] = []


class EdgexAccount:
    """The money of one account."""

    def __init__(self, table: MarketTable, account_id: str) -> None:
        self._table = table
        self._account = account_id

    def balance(self) -> Flow[Funds]:
        """Return what there is in USDC; ``amount`` of a collateral is no balance."""
        asset = yield from self._asset()
        profit = sum((profit_of(row) or ZERO for row in asset.position_asset_list), ZERO)
        for row in asset.collateral_asset_model_list:
            available = told(row.get("availableAmount"), row.get("availableBalance"))
            equity = told(row.get("totalEquity"))
            ours = str(row.get("coinId")) == QUOTE_COIN
            if ours and available is not None and equity is not None:
                return Funds(available, equity, profit)
        raise MalformedPayload(f"edgex told no balance of {QUOTE}")

    def leverage(self, contract_id: ContractId) -> Flow[Decimal]:
        """Return what is set for the contract, for the account, or is the contract's default."""
        asset = yield from self._asset()
        for setting in asset.account.of(contract_id):
            chosen = told(setting.get("maxLeverage"))
            if setting.get("isSetMaxLeverage") is True and chosen:
                return chosen
        return self._table.of_contract(contract_id).detail("leverage", Decimal)

    def set_leverage(self, contract_id: ContractId, leverage: Decimal) -> Flow[None]:
        """Set it; refused while the contract has open orders."""
        yield deed(
            "account/updateLeverageSetting",
            self._account,
            contractId=contract_id,
            leverage=format(leverage.normalize(), "f"),
        )

    def fees(self, contract_id: ContractId) -> Flow[tuple[Decimal, Decimal]]:
        """Return (maker, taker) of the account; the contract's where none are set."""
        asset = yield from self._asset()
        for setting in asset.account.of(contract_id):
            maker, taker = told(setting.get("makerFeeRate")), told(setting.get("takerFeeRate"))
            if setting.get("isSetFeeRate") is True and maker is not None and taker is not None:
                return maker, taker
        market = self._table.of_contract(contract_id).market
        return market.maker_fee, market.taker_fee

    def brackets(self, contract_id: ContractId) -> Flow[LeverageInfo]:
        """Return the contract's risk tiers, smallest first, as the list of markets told them."""
        yield from ()
        return self._table.of_contract(contract_id).detail("rules", LeverageInfo)

    def payments(
        self, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Flow[Sequence[FundingPayment]]:
        """Return funding payments in [since, until), oldest first.

        A row is written a minute after its settlement, so that the venue is asked for no end.
        """
        params = {
            "size": LIMIT,
            "filterTypeList": FUNDING,
            "filterContractIdList": contract_id,
            "filterStartCreatedTimeInclusive": max(since_ns, 0) // MS or None,
        }
        rows = yield from pages(
            lambda cursor: query(
                "account/getPositionTransactionPage",
                self._account,
                {**params, "offsetData": cursor},
            )
        )
        settled = read_rows(reversed(rows), Settlement, Settlement.payment)
        return payments_within(settled, contract_id, since_ns, until_ns)

    def _asset(self) -> Flow[_Asset]:
        answer = yield query("account/getAccountAsset", self._account, {})
        return msgspec.json.decode(answer.body, type=Answer[_Asset]).data
