"""The paper venue as another process serves it: words of the protocol in docs/paper-protocol.md."""

from exchange_clients.paper.remote.core import (
    RemotePaperClient,
    RemotePaperFundingAdapter,
    RemotePaperWebSocketManager,
)

__all__ = ["RemotePaperClient", "RemotePaperFundingAdapter", "RemotePaperWebSocketManager"]
