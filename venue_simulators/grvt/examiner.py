"""Whether the signature of a request is the API key's, in time, and over what the request says."""

from __future__ import annotations

from dataclasses import dataclass

from exchange_clients.base_models import NS, Side
from venue_simulators.evm.signatures import CURVE_ORDER, signed_by
from venue_simulators.grvt.errors import MALFORMED, GrvtError
from venue_simulators.grvt.instruments import BASE_DECIMALS
from venue_simulators.grvt.login import Member
from venue_simulators.grvt.order_form import OrderForm, SignatureForm
from venue_simulators.grvt.signatures import (
    SignedLeg,
    SignedOrder,
    Validity,
    order_digest,
)
from venue_simulators.options import SignatureDepth

PRICE_UNITS = 10**9
BUILDER_FEE_UNITS = 10**4
SIGNATURE_LIFETIME_MAX_NS = 30 * 24 * 3600 * NS


def order_digest_of(form: OrderForm, chain_id: int) -> bytes:
    """Return what the order's signature should cover."""
    leg = SignedLeg(
        form.instrument.asset_id,
        size_units=int(form.size * 10**BASE_DECIMALS),
        price_units=int(form.price * PRICE_UNITS),
        buys=form.side is Side.BUY,
    )
    order = SignedOrder(
        int(form.sub_account_id),
        form.market,
        form.time_in_force,
        form.post_only,
        form.reduce_only,
        (leg,),
        form.builder,
        int(form.builder_fee * BUILDER_FEE_UNITS),
    )
    try:
        return order_digest(order, validity_of(form.signature, chain_id))
    except ValueError as error:
        # A number that does not fit its type cannot have been signed.
        raise GrvtError(MALFORMED, str(error)) from None


def validity_of(signature: SignatureForm, chain_id: int) -> Validity:
    """Return for which chain, once and until when a signature claims to hold."""
    return Validity(chain_id, signature.nonce, signature.expiration_ns)


@dataclass(frozen=True, slots=True)
class Examiner:
    """Judges signatures of one environment."""

    chain_id: int
    depth: SignatureDepth

    def check_claims(self, signature: SignatureForm, member: Member, now_ns: int) -> None:
        """Refuse a signature for another chain or time, or one of somebody else."""
        if signature.chain_id not in (0, self.chain_id):
            raise GrvtError(1012)
        if not member.may_trade:
            raise GrvtError(1400)
        if signature.signer.lower() != member.signer:
            raise GrvtError(2000)
        if signature.expiration_ns <= now_ns:
            raise GrvtError(2001)
        if signature.expiration_ns > now_ns + SIGNATURE_LIFETIME_MAX_NS:
            raise GrvtError(2008)

    def check_signer(self, signature: SignatureForm, digest: bytes) -> None:
        """Refuse a signature that does not cover ``digest`` (2002), or a malleable one (2007)."""
        r, s = int(signature.r, 16), int(signature.s, 16)
        if self.depth is SignatureDepth.FULL and s > CURVE_ORDER // 2:
            raise GrvtError(2007)
        if not signed_by(signature.signer, digest, (signature.v, r, s), self.depth):
            raise GrvtError(2002)
