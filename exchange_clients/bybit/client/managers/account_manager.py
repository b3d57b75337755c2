"""The account's money, leverage, mode and funding, as Bybit words them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from exchange_clients.base_models import ContractId, LeverageBracket, LeverageInfo
from exchange_clients.bybit.client.managers.position_manager import Position
from exchange_clients.bybit.client.utils.converters import Envelope, Whole, pages, weeks
from exchange_clients.bybit.common import SETTLED_IN, ask, tell
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import FundingPayment, Unreadable
from exchange_clients.shared.account_rows import leverage_of
from exchange_clients.shared.amounts import Amount, Digits, Optional, Positive, number
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.instants import MS
from exchange_clients.shared.order_rows import payments_within
from exchange_clients.shared.rows import as_is, read_rows
from exchange_clients.shared.venue import Funds, lowest_price

LOG_PAGE = 50
ONE_WAY, HEDGE = 0, 3
MODE_MARKET = "BTCUSDT"
"""By whose rows the mode is told, which is a coin's: a symbol that is named has rows when flat."""


class Coin(msgspec.Struct, rename="camel"):
    """One coin of a wallet."""

    coin: str
    wallet_balance: Optional
    locked: Optional = ""
    bonus: Optional = ""
    position_im: str = msgspec.field(name="totalPositionIM", default="")
    order_im: str = msgspec.field(name="totalOrderIM", default="")
    equity: Optional = ""
    usd_value: Optional = ""

    @property
    def free(self) -> Decimal:
        """What an account in isolated margin has left, of which the venue tells no sum."""
        return number(self.wallet_balance) - sum(
            map(number, (self.position_im, self.order_im, self.locked, self.bonus))
        )


class Wallet(msgspec.Struct, rename="camel"):
    """A wallet in the answer and in the stream."""

    total_equity: Amount
    total_available_balance: Optional
    coin: list[Coin]
    unrealised: Optional = msgspec.field(name="totalPerpUPL", default="")


class _Fee(msgspec.Struct, rename="camel"):
    symbol: ContractId
    maker_fee_rate: Amount
    taker_fee_rate: Amount


class _Tier(msgspec.Struct, rename="camel"):
    symbol: ContractId
    risk_limit_value: Positive
    maintenance_margin: Positive
    initial_margin: Positive
    max_leverage: Positive

    def bracket(self) -> LeverageBracket:
        """Return the tier; whether rates are fractions or percent shows in the initial margin."""
        leverage = Decimal(self.max_leverage)
        unit = Decimal(1) if Decimal(self.initial_margin) * leverage < 10 else Decimal(100)
        return LeverageBracket(
            Decimal(self.risk_limit_value), leverage, Decimal(self.maintenance_margin) / unit
        )


class _Payment(msgspec.Struct, rename="camel"):
    id: str
    symbol: ContractId
    transaction_time: Digits
    currency: str
    funding: Amount
    size: Optional = ""

    def payment(self) -> FundingPayment:
        return FundingPayment(
            payment_id=self.id,
            contract_id=self.symbol,
            amount=Decimal(self.funding),
            asset=self.currency,
            rate=None,
            quantity=number(self.size) or None,
            venue_ns=int(self.transaction_time) * MS,
        )


_WALLETS = msgspec.json.Decoder(Envelope[Whole[Wallet]])
_POSITIONS = msgspec.json.Decoder(Envelope[Whole[Position]])


class BybitAccount:
    """One unified account."""

    def balance(self) -> Flow[Funds]:
        """Return what there is, in USD."""
        answer = yield ask("account/wallet-balance", "account", accountType="UNIFIED")
        (wallet,) = _WALLETS.decode(answer.body).result.rows
        settling = [each for each in wallet.coin if each.coin in SETTLED_IN]
        return Funds(
            available=Decimal(
                wallet.total_available_balance or sum(each.free for each in settling)
            ),
            equity=Decimal(wallet.total_equity),
            unrealised=number(wallet.unrealised),
            collateral_price=lowest_price(
                (number(each.equity), number(each.usd_value)) for each in settling if each.usd_value
            ),
        )

    def leverage(self, contract_id: ContractId) -> Flow[Decimal]:
        """Return what is set; a market that is named has a row even when flat."""
        rows = yield from self._positions(contract_id)
        if not rows or not number(rows[0].leverage):
            raise MalformedPayload(f"the answer tells no leverage of {contract_id}")
        return Decimal(rows[0].leverage)

    def set_leverage(self, contract_id: ContractId, leverage: Decimal) -> Flow[None]:
        """Set it for both sides alike."""
        both = {"symbol": contract_id, "buyLeverage": leverage, "sellLeverage": leverage}
        yield tell("position/set-leverage", "setting", both)

    def brackets(self, contract_id: ContractId) -> Flow[LeverageInfo]:
        """Return the risk tiers."""
        rows = yield from pages(ask("market/risk-limit", "", private=False, symbol=contract_id))
        tiers = [
            row
            for row in read_rows(rows, _Tier, as_is)
            if isinstance(row, _Tier) and row.symbol == contract_id
        ]
        return leverage_of((row.bracket() for row in tiers), contract_id)

    def fees(self, contract_id: ContractId) -> Flow[tuple[Decimal, Decimal]]:
        """Return the account's own fees."""
        rows = yield from pages(ask("account/fee-rate", "fees", symbol=contract_id))
        for row in read_rows(rows, _Fee, as_is):
            if isinstance(row, _Fee) and row.symbol == contract_id:
                return Decimal(row.maker_fee_rate), Decimal(row.taker_fee_rate)
        raise MalformedPayload(f"the answer holds no readable fees of {contract_id}")

    def hedged(self) -> Flow[bool]:
        """Say whether the account's USDT perpetuals are in hedge mode."""
        rows = yield from self._positions(ContractId(MODE_MARKET))
        return any(row.position_idx for row in rows)

    def set_hedged(self, hedged: bool) -> Flow[None]:
        """Change the mode of every USDT perpetual without position or order."""
        yield tell(
            "position/switch-mode",
            "setting",
            {"coin": "USDT", "mode": HEDGE if hedged else ONE_WAY},
        )

    def payments(
        self, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Flow[Sequence[FundingPayment]]:
        """Return payments in [since, until), asked week by week: the log is of all contracts."""
        found: list[FundingPayment | Unreadable] = []
        for since_ms, until_ms in weeks(since_ns, until_ns):
            rows = yield from pages(
                ask(
                    "account/transaction-log", "log", accountType="UNIFIED", type="SETTLEMENT",
                    startTime=since_ms, endTime=until_ms, limit=LOG_PAGE,
                )
            )  # fmt: skip
            found += read_rows(rows, _Payment, _Payment.payment, ("symbol",))
        return payments_within(found, contract_id, since_ns, until_ns)

    def _positions(self, contract_id: ContractId) -> Flow[list[Position]]:
        answer = yield ask("position/list", "account", symbol=contract_id)
        return _POSITIONS.decode(answer.body).result.rows
