"""The error tree: what a caller can act on, sorted by what it may do next.

Refused (``VenueRejected``): the venue said no and nothing changed. Unknown (``OutcomeUnknown``):
the answer was lost, ask before acting. Broken wording (``MalformedPayload``): the venue's answer
could not be read. Old (``StaleData``): a value exists but is too old to act on.
"""

from __future__ import annotations

from exchange_clients.base_models import Feature, Reason


class ExchangeError(Exception):
    """Anything that went wrong between us and a venue."""


class VenueRejected(ExchangeError):
    """The venue refused; nothing was changed. ``reason`` is the code to match on."""

    reason: Reason = Reason.OTHER

    def __init__(self, message: str, *, reason: Reason | None = None, code: str | None = None):
        super().__init__(message)
        if reason is not None:
            self.reason = reason
        self.code = code
        """The venue's own code, for people."""


class PostOnlyWouldCross(VenueRejected):
    """A post-only order would have taken liquidity."""

    reason = Reason.POST_ONLY_WOULD_CROSS


class InsufficientMargin(VenueRejected):
    """The account cannot carry the order."""

    reason = Reason.INSUFFICIENT_MARGIN


class InvalidOrder(VenueRejected):
    """The order breaks a rule of the market (tick, step, minimum, collar)."""

    reason = Reason.INVALID_ORDER


class OrderNotFound(VenueRejected):
    """The venue says that no such order exists."""

    reason = Reason.ORDER_NOT_FOUND


class ReduceOnlyRejected(VenueRejected):
    """A reduce-only order would have opened or grown a position."""

    reason = Reason.REDUCE_ONLY_REJECTED


class MarketUnavailable(VenueRejected):
    """The market is halted or in a mode that refuses this order."""

    reason = Reason.MARKET_UNAVAILABLE


class AuthenticationFailed(ExchangeError):
    """The venue does not accept the credentials or the signature."""


class RateLimited(ExchangeError):
    """The venue asks to slow down; nothing was done."""

    def __init__(self, message: str, *, retry_after_s: float | None = None):
        super().__init__(message)
        self.retry_after_s = retry_after_s


class OutcomeUnknown(ExchangeError):
    """A request may or may not have acted. Look it up; never send it again."""


class MalformedPayload(ExchangeError):
    """The venue's answer could not be read."""


class StaleData(ExchangeError):
    """A value exists but is older than its limit, or the book has a hole."""


class NotConnectedError(ExchangeError):
    """A method that needs the venue was called before ``connect`` or after ``disconnect``."""


class MissingCredentialsError(ExchangeError):
    """Credentials are absent or placeholders; names the variables, prints no secret."""


class ClientConfigError(ExchangeError, ValueError):
    """A configuration value is wrong; names the field, the value and the fix."""


class UnsupportedFeature(ExchangeError, NotImplementedError):
    """This venue cannot do this; ``client.supports(feature)`` tells beforehand."""

    def __init__(self, venue: str, feature: Feature | str):
        name = feature.value if isinstance(feature, Feature) else feature
        super().__init__(f"{venue} does not support {name.replace('_', ' ')}")
        self.venue = venue
        self.feature = feature
