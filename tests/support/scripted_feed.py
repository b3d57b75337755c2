"""A feed of prepared instants, for tests of loops on virtual time."""

from __future__ import annotations

from collections.abc import Sequence

from exchange_clients.shared.virtual_time import NEVER, Horizon


class ScriptedFeed:
    """A feed of instants that writes down each one it delivers."""

    def __init__(self, name: str, instants_ns: Sequence[int], log: list[str]) -> None:
        self.name = name
        self.instants_ns = list(instants_ns)
        self.log = log
        self.runs = 0

    def next_ns(self) -> int:
        return self.instants_ns[0] if self.instants_ns else NEVER

    def run(self, horizon: Horizon) -> None:
        self.runs += 1
        while self.next_ns() <= horizon.until_ns and self.instants_ns:
            horizon.now_ns = self.instants_ns.pop(0)
            self.deliver(horizon)

    def deliver(self, horizon: Horizon) -> None:
        self.log.append(f"{self.name}@{horizon.now_ns}")
