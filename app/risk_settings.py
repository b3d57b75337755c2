"""The section ``risk`` of a configuration, and the limits it stands for."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from app.section import Finite, Section, declare
from helpers.risk_values import LossScope, RiskLimits


class RiskSettings(Section):
    """What stops entries, and what closes positions, above any strategy."""

    emergency_loss_percent: Finite = declare(
        Decimal(15),
        "Loss of this much of the value at the start closes everything of ours and ends the run.",
        "a number above 0, at most 100",
        gt=0,
        le=100,
    )
    reduce_loss_percent: Finite = declare(
        Decimal(10),
        "Loss of this much of the value at the start closes the worst positions, once margin was "
        "refused margin_failures times in a row over margin_failure_minutes.",
        "a number above 0, at most 100",
        gt=0,
        le=100,
    )
    margin_failures: int = declare(
        15, "Orders in a row refused for want of margin.", "a whole number above 0", gt=0
    )
    margin_failure_minutes: Finite = declare(
        Decimal(10), "Since the first of those refusals.", "a number from 0", ge=0
    )
    close_worst_percent: Finite = declare(
        Decimal(20),
        "Share of the losing positions that is closed then, at least one.",
        "a number above 0, at most 100",
        gt=0,
        le=100,
    )
    loss_scope: Literal["portfolio", "venue"] = declare(
        "portfolio",
        "Whose value counts with several venues: all of them together, because one leg of a hedge "
        "loses what the other one makes, or each by itself.",
    )
    max_drawdown_percent: Finite | None = declare(
        None,
        "Loss of this much of the highest value stops entries until it is back.",
        "a number above 0, at most 100",
        gt=0,
        le=100,
    )
    liquidation_distance_percent: Finite = declare(
        Decimal(5),
        "A position whose mark price is nearer to its liquidation stops entries.",
        "a number from 0 to 100",
        ge=0,
        le=100,
    )
    account_age_seconds: float = declare(
        120.0, "How old the value of an account may be for entries.", "a number above 0", gt=0
    )
    read_seconds: float = declare(
        15.0,
        "From one reading of the accounts to the next.",
        "a number from 1 to 3600",
        ge=1,
        le=3600,
    )
    exclusive: bool = declare(
        False,
        "Whether nobody else trades on the accounts, so that what is open may be cancelled whole.",
        "true or false",
    )
    dead_man_seconds: float | None = declare(
        None,
        "Where a venue can and the account is exclusive: it cancels all open orders of a bot that "
        "was not heard of for so long.",
        "a number from 10 to 3600",
        ge=10,
        le=3600,
    )
    max_order_size: Finite | None = declare(
        None, "Most of one entry, in units of its market.", "a number above 0", gt=0
    )
    max_order_notional_usd: Finite | None = declare(
        None, "Most of one entry.", "a number above 0", gt=0
    )
    price_collar_percent: Finite = declare(
        Decimal(5),
        "How much worse than the middle of the book an entry's price may be.",
        "a number above 0, at most 100",
        gt=0,
        le=100,
    )
    data_age_seconds: float = declare(
        60.0, "How old the book of a market may be for entries.", "a number above 0", gt=0
    )
    max_orders_per_minute: int = declare(
        600, "Entries in any minute, on all venues together.", "a whole number above 0", gt=0
    )
    max_gross_exposure_usd: Finite | None = declare(
        None, "Most of all positions together, whichever way they stand.", "a number above 0", gt=0
    )
    max_net_exposure_usd: Finite | None = declare(
        None,
        "Most by which a symbol's positions on all venues do not cancel out.",
        "a number above 0",
        gt=0,
    )
    max_portfolio_leverage: Finite | None = declare(
        None, "Most of gross exposure by the value of all accounts.", "a number above 0", gt=0
    )

    @property
    def limits(self) -> RiskLimits:
        """Return the limits with fractions instead of percentages."""
        return RiskLimits(
            emergency_loss=self.emergency_loss_percent / 100,
            reduce_loss=self.reduce_loss_percent / 100,
            margin_failures=self.margin_failures,
            margin_failure_s=float(self.margin_failure_minutes) * 60,
            worst_share=self.close_worst_percent / 100,
            drawdown=_share(self.max_drawdown_percent),
            liquidation_distance=self.liquidation_distance_percent / 100,
            account_age_s=self.account_age_seconds,
            loss_scope=LossScope(self.loss_scope),
            order_size=self.max_order_size,
            order_notional=self.max_order_notional_usd,
            price_collar=self.price_collar_percent / 100,
            data_age_s=self.data_age_seconds,
            orders_per_minute=self.max_orders_per_minute,
            gross_exposure=self.max_gross_exposure_usd,
            net_exposure=self.max_net_exposure_usd,
            leverage=self.max_portfolio_leverage,
        )


def _share(percent: Decimal | None) -> Decimal | None:
    return None if percent is None else percent / 100
