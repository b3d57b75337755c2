"""Async clients for perpetual futures venues: one contract, many venues.

The names below are the library's public surface. They are loaded on first use, so that
``import exchange_clients`` costs next to nothing and pulls in no venue and no event loop.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exchange_clients.base_client import BaseExchangeClient
    from exchange_clients.base_funding_adapter import (
        BaseFundingAdapter,
        FundingRateSample,
        MarketStats,
    )
    from exchange_clients.base_models import (
        ClientIdSpace,
        ClientOrderId,
        ContractId,
        DepthView,
        ExchangePositionSnapshot,
        Feature,
        Fill,
        Level,
        LeverageBracket,
        LeverageInfo,
        LiquidationEvent,
        Liquidity,
        Market,
        NewOrder,
        OrderInfo,
        OrderResult,
        OrderStatus,
        OrderType,
        Purpose,
        Reason,
        Rounding,
        Side,
        Symbol,
        TimeInForce,
        TradeId,
        VenueOrderId,
        round_to_increment,
    )
    from exchange_clients.base_websocket import BaseWebSocketManager, FeedKind
    from exchange_clients.errors import (
        AuthenticationFailed,
        ClientConfigError,
        ExchangeError,
        InsufficientMargin,
        InvalidOrder,
        MalformedPayload,
        MarketUnavailable,
        MissingCredentialsError,
        NotConnectedError,
        OrderNotFound,
        OutcomeUnknown,
        PostOnlyWouldCross,
        RateLimited,
        ReduceOnlyRejected,
        StaleData,
        UnsupportedFeature,
        VenueRejected,
    )
    from exchange_clients.events import (
        BalanceUpdate,
        BestBidOffer,
        BookDelta,
        BookSnapshot,
        FundingPayment,
        FundingUpdate,
        PositionUpdate,
        PublicTrade,
        Signal,
        StreamSignal,
        SubscribeAck,
    )
    from exchange_clients.factory import ExchangeFactory
    from exchange_clients.journal import (
        IntentKind,
        Journal,
        JournalError,
        MemoryJournal,
        OrderIntent,
    )

__all__ = [
    "AuthenticationFailed",
    "BalanceUpdate",
    "BaseExchangeClient",
    "BaseFundingAdapter",
    "BaseWebSocketManager",
    "BestBidOffer",
    "BookDelta",
    "BookSnapshot",
    "ClientConfigError",
    "ClientIdSpace",
    "ClientOrderId",
    "ContractId",
    "DepthView",
    "ExchangeError",
    "ExchangeFactory",
    "ExchangePositionSnapshot",
    "Feature",
    "FeedKind",
    "Fill",
    "FundingPayment",
    "FundingRateSample",
    "FundingUpdate",
    "InsufficientMargin",
    "IntentKind",
    "InvalidOrder",
    "Journal",
    "JournalError",
    "Level",
    "LeverageBracket",
    "LeverageInfo",
    "LiquidationEvent",
    "Liquidity",
    "MalformedPayload",
    "Market",
    "MarketStats",
    "MarketUnavailable",
    "MemoryJournal",
    "MissingCredentialsError",
    "NewOrder",
    "NotConnectedError",
    "OrderInfo",
    "OrderIntent",
    "OrderNotFound",
    "OrderResult",
    "OrderStatus",
    "OrderType",
    "OutcomeUnknown",
    "PositionUpdate",
    "PostOnlyWouldCross",
    "PublicTrade",
    "Purpose",
    "RateLimited",
    "Reason",
    "ReduceOnlyRejected",
    "Rounding",
    "Side",
    "Signal",
    "StaleData",
    "StreamSignal",
    "SubscribeAck",
    "Symbol",
    "TimeInForce",
    "TradeId",
    "UnsupportedFeature",
    "VenueOrderId",
    "VenueRejected",
    "round_to_increment",
]

_HOMES = (
    "base_models",
    "errors",
    "events",
    "journal",
    "base_funding_adapter",
    "base_websocket",
    "base_client",
    "factory",
)
"""Cheapest first; a module also sees the names of those before it, so the first that has it."""


def __getattr__(name: str) -> object:
    if name in __all__:
        for home in _HOMES:
            module = import_module(f"{__name__}.{home}")
            if hasattr(module, name):
                value: object = getattr(module, name)
                globals()[name] = value  # found once, it is an ordinary attribute from now on
                return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
