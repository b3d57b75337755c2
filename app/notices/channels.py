"""The channels that a configuration names."""

from __future__ import annotations

from app.notification_settings import NotificationSettings
from exchange_clients.shared.transport.aiohttp_transport import AiohttpTransport
from helpers.channels import Channel, LogChannel
from helpers.telegram_bot import TelegramBot, TelegramChannel
from helpers.webhook import WebhookChannel


def channels_of(settings: NotificationSettings) -> list[Channel]:
    """Return what notices go to; a chat is a channel of its own, so that none waits for another."""
    channels: list[Channel] = []
    for name in settings.channels:
        if name == "log":
            channels.append(LogChannel())
        elif name == "webhook":
            transport = AiohttpTransport()
            channels.append(
                WebhookChannel(settings.webhook_url, transport, settings.webhook_secret)
            )
        else:
            channels += [
                TelegramChannel(telegram_bot(settings), chat) for chat in settings.telegram_chats
            ]
    return channels


def telegram_bot(settings: NotificationSettings) -> TelegramBot:
    """Return the bot of a configuration, with connections of its own."""
    return TelegramBot(settings.telegram_token, AiohttpTransport(), settings.telegram_url)
