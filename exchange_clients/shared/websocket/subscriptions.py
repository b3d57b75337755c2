"""What one connection carries, said in frames: numbered, acknowledged, repeated with new tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from exchange_clients.events import SubscribeRefused
from exchange_clients.shared.signing import Session
from exchange_clients.shared.stream import StreamWords, SubscribeContext, Topic

Word: TypeAlias = Callable[[Sequence[Topic], SubscribeContext], Sequence[str]]


class Subscriptions:
    """The topics of one connection.

    Args:
        words: Returns the venue's words as they are now.
        venue_ms: Returns venue time.
        session: With which the connection was opened.
        send: Sends a frame.
    """

    def __init__(
        self,
        words: Callable[[], StreamWords],
        venue_ms: Callable[[], int],
        session: Session | None,
        send: Callable[[str], None],
    ) -> None:
        self.topics: dict[Topic, None] = {}
        self.session = session
        self._words = words
        self._venue_ms = venue_ms
        self._send = send
        self._requests = 0
        self._unacknowledged: dict[str, None] = {}
        self.owed: dict[str, None] = {}
        """Topics of the account whose acknowledgement has not come, however late it is."""

    @property
    def private(self) -> bool:
        """Whether anything of an account is carried."""
        return any(topic.kind.private for topic in self.topics)

    def change(self, topics: Sequence[Topic]) -> tuple[list[Topic], list[Topic]]:
        """Take what shall be carried; return what is gone and what is new, neither said yet."""
        wanted = dict.fromkeys(topics)
        gone = [topic for topic in self.topics if topic not in wanted]
        new = [topic for topic in wanted if topic not in self.topics]
        self.topics = wanted
        for topic in gone:
            self._unacknowledged.pop(topic.name, None)
            self.owed.pop(topic.name, None)
        return gone, new

    def subscribe(self, topics: Sequence[Topic]) -> bool:
        """Ask for topics; say whether any of them is of the account, and so is waited for."""
        own = [topic.name for topic in topics if topic.kind.private]
        self._unacknowledged.update(dict.fromkeys(own))
        self.owed.update(dict.fromkeys(own))
        self._say(self._words().subscribe, topics)
        return bool(own)

    def unsubscribe(self, topics: Sequence[Topic]) -> None:
        """End topics."""
        self._say(self._words().unsubscribe, topics)

    def renew(self, session: Session) -> None:
        """Repeat the subscriptions that carry a token."""
        self.session = session
        private = [topic for topic in self.topics if topic.kind.private]
        if session.tokens and private:
            self._say(self._words().subscribe, private)

    def acknowledge(self, name: str) -> bool:
        """Count an accepted topic; say whether it was the last that was waited for."""
        self.owed.pop(name, None)
        if name not in self._unacknowledged:
            return False
        del self._unacknowledged[name]
        return not self._unacknowledged

    def settle(self) -> None:
        """Wait for no acknowledgement any more."""
        self._unacknowledged.clear()

    def concerns_account(self, refusal: SubscribeRefused) -> bool:
        """Say whether a refusal means, or may mean, that the account is not heard."""
        if refusal.topic is not None:
            return any(topic.name == refusal.topic and topic.kind.private for topic in self.topics)
        only_own = bool(self.topics) and all(topic.kind.private for topic in self.topics)
        return only_own or bool(self._unacknowledged)

    def _say(self, word: Word, topics: Sequence[Topic]) -> None:
        if not topics:
            return
        context = SubscribeContext(self._venue_ms(), self._requests + 1, self.session)
        frames = word(topics, context)
        self._requests += max(len(frames), 1)
        for frame in frames:
            self._send(frame)
