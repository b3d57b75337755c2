"""The account's money and leverage."""

from __future__ import annotations

import logging
from decimal import Decimal

from exchange_clients.base_models import NS, ClientOrderId, ContractId, Feature
from exchange_clients.errors import NotConnectedError, OutcomeUnknown, UnsupportedFeature
from exchange_clients.journal import IntentKind, Journal, OrderIntent
from exchange_clients.shared.account_words import (
    LeverageWords,
    PositionModeWords,
    same_leverage,
)
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.venue import AccountWords, Funds

logger = logging.getLogger(__name__)

FUNDS_MAX_AGE_S = 1.0
"""How long one answer serves who asks for balance, profit and value one after the other."""
READ_BACKS_MAX = 6
READ_BACK_PAUSE_S = 0.3
"""Between two questions for a leverage that was set: a venue may act later than it answers."""
NO_ORDER = ClientOrderId("")


class AccountManager:
    """The money of one account.

    Args:
        link: Runs flows.
        name: The account's name in the journal and in errors.
        journal: Where a change of leverage is noted before it is sent.
    """

    def __init__(self, link: VenueLink, name: str, journal: Journal) -> None:
        self._link = link
        self._name = name
        self._journal = journal
        self._funds: tuple[int, Funds] | None = None
        self._changes = 0

    def forget(self) -> None:
        """Take it that the money has changed: the next question goes to the venue."""
        self._funds = None
        self._changes += 1

    async def funds(self) -> Funds:
        """Return what there is, no older than ``FUNDS_MAX_AGE_S`` and than the last change."""
        now_ns, changes = self._link.clock.monotonic_ns(), self._changes
        if self._funds is not None and now_ns - self._funds[0] < FUNDS_MAX_AGE_S * NS:
            return self._funds[1]
        funds = await self._link.run(self._words.balance())
        if changes == self._changes:
            self._funds = (now_ns, funds)
        return funds

    async def hedged(self) -> bool:
        """Say whether the account is in hedge mode; never where the venue has none."""
        words = self._words
        return isinstance(words, PositionModeWords) and await self._link.run(words.hedged())

    async def set_leverage(self, contract_id: ContractId, leverage: Decimal) -> Decimal:
        """Set the leverage of a market and return what the venue then says it is.

        Raises:
            UnsupportedFeature: the venue's leverage cannot be set.
            OutcomeUnknown: the answer was lost and the venue shows another leverage.
        """
        words = self._words
        if not isinstance(words, LeverageWords):
            raise UnsupportedFeature(self._name, Feature.SET_LEVERAGE)
        self._journal.record_intent(
            OrderIntent(
                venue=self._name,
                kind=IntentKind.SET_LEVERAGE,
                contract_id=contract_id,
                client_order_id=NO_ORDER,
                order=None,
                at_ns=self._link.clock.now_ns(),
                reference=format(leverage, "f"),
            )
        )
        lost: OutcomeUnknown | None = None
        try:
            await self._link.run(words.set_leverage(contract_id, leverage))
        except OutcomeUnknown as error:
            lost = error
        now = await self._read_back(words, contract_id, leverage)
        if not same_leverage(now, leverage):
            if lost is not None:
                raise lost
            logger.warning(
                "event=leverage_differs venue=%s contract_id=%s asked=%s is=%s",
                self._name, contract_id, leverage, now,
            )  # fmt: skip
        return now

    async def _read_back(
        self, words: LeverageWords, contract_id: ContractId, wanted: Decimal
    ) -> Decimal:
        """Return the leverage as it is, given a moment to become ``wanted``.

        A venue that only acknowledges acts later than it answers.
        """
        now = await self._link.run(words.leverage(contract_id))
        for _ in range(READ_BACKS_MAX - 1):
            if same_leverage(now, wanted):
                break
            await self._link.clock.sleep(READ_BACK_PAUSE_S)
            now = await self._link.run(words.leverage(contract_id))
        return now

    @property
    def _words(self) -> AccountWords:
        if self._link.private is None:
            raise NotConnectedError(f"{self._name} is not connected: await connect() first")
        return self._link.private.account
