"""Notices as JSON to an address of the user's own, signed where a secret was agreed on."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

import msgspec

from exchange_clients.shared.signing import WireRequest
from exchange_clients.shared.transport.ports import AnswerLost, HttpTransport, NotSent
from helpers.channels import TIMEOUTS, ChannelDown, judge, retry_after
from helpers.notices import Digest

SIGNATURE = "X-Signature-256"
"""``sha256=`` and the HMAC of the body in hexadecimal digits, as GitHub signs its own."""


class WebhookChannel:
    """Posts each message as one JSON object.

    Args:
        url: Where to, with whatever the receiver wants in it; never shown.
        transport: Sends requests; closed with this.
        secret: Signs the body; empty for none.
    """

    name = "webhook"

    def __init__(self, url: str, transport: HttpTransport, secret: str = "") -> None:
        parts = urlsplit(url)
        self._base_url = f"{parts.scheme}://{parts.netloc}"
        self._path = parts.path or "/"
        if parts.query:
            self._path += f"?{parts.query}"
        self._transport = transport
        self._secret = secret.encode()

    def __repr__(self) -> str:
        return "WebhookChannel(url=***)"

    async def send(self, digest: Digest) -> None:
        """Post one message.

        Raises:
            ChannelError: it was not taken.
        """
        body = msgspec.json.encode(digest.as_json())
        headers = {"Content-Type": "application/json"}
        if self._secret:
            tag = hmac.new(self._secret, body, hashlib.sha256).hexdigest()
            headers[SIGNATURE] = f"sha256={tag}"
        request = WireRequest("POST", self._path, headers, body)
        try:
            answer = await self._transport.send(self._base_url, request, TIMEOUTS)
        except (NotSent, AnswerLost) as error:
            raise ChannelDown(f"webhook: {error}") from None
        judge(answer.status, retry_after(answer), f"the webhook answered {answer.status}")

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()
