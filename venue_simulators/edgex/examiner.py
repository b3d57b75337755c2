"""Whether what was signed is what was sent, by whoever may, and under a number not used before."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ContractId, Side
from venue_simulators.edgex.account_book import AccountBook
from venue_simulators.edgex.errors import EdgexError
from venue_simulators.edgex.listing import COLLATERAL_RESOLUTION
from venue_simulators.edgex.order_digest import (
    Domain,
    SignedBy,
    SignedOrder,
    covers,
    margin_digest,
    nonce_of,
    order_digest,
)
from venue_simulators.edgex.order_form import OrderForm, Seal
from venue_simulators.edgex.wording import COLLATERAL_ID
from venue_simulators.options import SignatureDepth


def digest_of(form: OrderForm, seal: Seal, by: SignedBy, domain: Domain) -> bytes:
    """Return what the order's signature should cover.

    Raises:
        ValueError: a number does not fit the type it is signed as.
    """
    order = SignedOrder(
        synthetic=int(seal.size * form.contract.listing.resolution),
        collateral=_units(seal.value),
        fee=_units(seal.limit_fee),
        contract_id=int(form.contract.contract_id),
        collateral_id=int(COLLATERAL_ID),
        buys=form.side is Side.BUY,
        expires_s=form.expire_ms // 1000,
    )
    return order_digest(order, by, domain)


def _units(amount: Decimal) -> int:
    return int(amount * COLLATERAL_RESOLUTION)


@dataclass(frozen=True, slots=True)
class Examiner:
    """Judges signatures for one chain and contract."""

    domain: Domain
    depth: SignatureDepth

    def check_order(self, book: AccountBook, form: OrderForm, seal: Seal) -> None:
        """Refuse an order that its account's signer has not signed, or not under its number."""
        if seal.nonce != nonce_of(form.client_order_id):
            raise EdgexError("INVALID_L2_NONCE", f"l2Nonce {seal.nonce}")
        self._check_number(book, seal.nonce, form.client_order_id)
        try:
            digest = digest_of(form, seal, _by(book, seal.nonce), self.domain)
        except ValueError as error:
            # A number that does not fit its type cannot have been signed.
            raise EdgexError("INVALID_L2_VALUE", str(error)) from None
        self._check_signature(book, seal.signature, digest)
        book.nonces[seal.nonce] = form.client_order_id

    def check_margin(
        self, book: AccountBook, contract_id: ContractId, mode: int, nonce: int, signature: str
    ) -> None:
        """Refuse a margin mode that the account's signer has not signed."""
        use = f"margin {contract_id} {mode}"
        self._check_number(book, nonce, use)
        try:
            digest = margin_digest(int(contract_id), mode, _by(book, nonce), self.domain)
        except ValueError as error:
            raise EdgexError("INVALID_L2_NONCE", str(error)) from None
        self._check_signature(book, signature, digest)
        book.nonces[nonce] = use

    def _check_number(self, book: AccountBook, nonce: int, use: str) -> None:
        if book.nonces.get(nonce, use) != use:
            raise EdgexError("DUPLICATE_L2_NONCE", f"l2Nonce {nonce} was used before")

    def _check_signature(self, book: AccountBook, signature: str, digest: bytes) -> None:
        if not covers(signature, book.member.signer, digest, self.depth):
            raise EdgexError("INVALID_L2_SIGNATURE")


def _by(book: AccountBook, nonce: int) -> SignedBy:
    return SignedBy(int(book.member.account_id), book.member.signer, nonce)
