"""The account's money, leverage, mode and funding, as OKX words them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from exchange_clients.base_models import ContractId, LeverageBracket, LeverageInfo
from exchange_clients.events import FundingPayment
from exchange_clients.okx.client.utils.converters import BY_BILL, archived, listed, only
from exchange_clients.okx.common import CROSS, SWAP, ask, contract_size, family_of, tell
from exchange_clients.okx.funding_adapter.fetchers import Mark
from exchange_clients.shared.account_rows import leverage_of
from exchange_clients.shared.account_words import KeyRights
from exchange_clients.shared.amounts import Amount, Digits, Optional, Positive, number
from exchange_clients.shared.encoding import text_of
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.instants import MS
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.order_rows import payments_within
from exchange_clients.shared.rows import read_rows
from exchange_clients.shared.venue import Funds, lowest_price

HEDGED, NET = "long_short_mode", "net_mode"
FUNDING_BILL = 8
COINS = ("USDT", "USDC")


class Coin(msgspec.Struct, rename="camel"):
    """One coin of a balance."""

    ccy: str
    cash_bal: Optional
    avail_eq: Optional = ""
    avail_bal: Optional = ""
    upl: Optional = ""
    eq: Optional = ""
    eq_usd: Optional = ""

    @property
    def available(self) -> Decimal:
        """Return what new orders may use; in an account of spot mode the plain balance."""
        return number(self.avail_eq or self.avail_bal)


class Balance(msgspec.Struct, rename="camel"):
    """A balance in the answer and in the stream."""

    total_eq: Optional
    details: list[Coin]


class _Leverage(msgspec.Struct, rename="camel"):
    lever: Positive


class _Fees(msgspec.Struct, rename="camel"):
    maker_u: Optional
    taker_u: Optional
    maker_usdc: Optional = msgspec.field(name="makerUSDC", default="")
    taker_usdc: Optional = msgspec.field(name="takerUSDC", default="")


class _Tier(msgspec.Struct, rename="camel"):
    max_sz: Positive
    mmr: Amount
    max_lever: Positive

    def bracket(self, value: Decimal) -> LeverageBracket:
        """Return the tier where one contract is worth so much."""
        return LeverageBracket(
            Decimal(self.max_sz) * value, Decimal(self.max_lever), Decimal(self.mmr)
        )


class _Bill(msgspec.Struct, rename="camel"):
    bill_id: str
    inst_id: ContractId
    ccy: str
    bal_chg: Amount
    ts: Digits
    pos_bal_chg: Optional = ""

    def payment(self) -> FundingPayment:
        """Return the payment; a position in isolated margin is charged by its own balance."""
        return FundingPayment(
            payment_id=self.bill_id,
            contract_id=self.inst_id,
            amount=Decimal(self.bal_chg) or number(self.pos_bal_chg),
            asset=self.ccy,
            rate=None,
            quantity=None,
            venue_ns=int(self.ts) * MS,
        )


class OkxAccount:
    """One account; orders are in cross margin."""

    def __init__(self, table: MarketTable) -> None:
        self._table = table

    def balance(self) -> Flow[Funds]:
        """Return what there is, in USD."""
        balance = yield from only(ask("account/balance", "account"), Balance)
        coins = [each for each in balance.details if each.ccy in COINS]
        return Funds(
            available=sum((each.available for each in coins), Decimal(0)),
            equity=number(balance.total_eq),
            unrealised=sum((number(each.upl) for each in coins), Decimal(0)),
            collateral_price=lowest_price(
                (number(each.eq), number(each.eq_usd)) for each in coins if each.eq_usd
            ),
        )

    def leverage(self, contract_id: ContractId) -> Flow[Decimal]:
        """Return what is set in cross margin."""
        answer = yield ask("account/leverage-info", "account", instId=contract_id, mgnMode=CROSS)
        return Decimal(listed(answer.body, _Leverage)[0].lever)

    def set_leverage(self, contract_id: ContractId, leverage: Decimal) -> Flow[None]:
        """Set it in cross margin, for both sides alike."""
        yield tell(
            "account/set-leverage",
            "setting",
            {"instId": contract_id, "lever": text_of(leverage), "mgnMode": CROSS},
        )

    def brackets(self, contract_id: ContractId) -> Flow[LeverageInfo]:
        """Return the risk tiers; each is limited in contracts, valued here at the mark of now."""
        answer = yield ask(
            "public/position-tiers", "slow_public", private=False,
            instType=SWAP, tdMode=CROSS, instFamily=family_of(contract_id),
        )  # fmt: skip
        tiers = listed(answer.body, _Tier)
        mark = yield from only(
            ask(
                "public/mark-price", "slow_public", private=False, instType=SWAP, instId=contract_id
            ),
            Mark,
        )
        value = contract_size(self._table, contract_id) * Decimal(mark.mark_px)
        return leverage_of((row.bracket(value) for row in tiers), contract_id)

    def fees(self, contract_id: ContractId) -> Flow[tuple[Decimal, Decimal]]:
        """Return the account's own fees; the venue counts what is paid below zero."""
        family = family_of(contract_id)
        fees = yield from only(
            ask("account/trade-fee", "slow", instType=SWAP, instFamily=family), _Fees
        )
        usdc = family.endswith("USDC")
        maker, taker = (fees.maker_usdc, fees.taker_usdc) if usdc else (fees.maker_u, fees.taker_u)
        return -Decimal(maker), -Decimal(taker)

    def hedged(self) -> Flow[bool]:
        """Say whether the account is in long/short mode."""
        return {HEDGED: True, NET: False}[(yield from self._setting("posMode"))]

    def permissions(self) -> Flow[KeyRights]:
        """Return what this very key is allowed."""
        return KeyRights.listed((yield from self._setting("perm")))

    def _setting(self, name: str) -> Flow[str]:
        return str((yield from only(ask("account/config", "slow"), dict[str, object]))[name])

    def set_hedged(self, hedged: bool) -> Flow[None]:
        """Change the mode; refused while there are orders or positions."""
        yield tell("account/set-position-mode", "slow", {"posMode": HEDGED if hedged else NET})

    def payments(
        self, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Flow[Sequence[FundingPayment]]:
        """Return payments in [since, until): of seven days, and of three months."""
        rows = yield from archived(
            {"account/bills": "account", "account/bills-archive": "account"}, BY_BILL,
            type=FUNDING_BILL, instId=contract_id, begin=since_ns // MS, end=-(-until_ns // MS),
        )  # fmt: skip
        paid = read_rows(rows, _Bill, _Bill.payment, ("billId",))
        return payments_within(paid, contract_id, since_ns, until_ns)
