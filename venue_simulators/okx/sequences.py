"""How books are numbered: by the world's updates, unless maintenance begins to count anew."""

from __future__ import annotations

from exchange_clients.base_models import ContractId

_FIRST = 1_000


class Sequences:
    """The number that a book's last update has on the wire, by instrument."""

    def __init__(self) -> None:
        self._offsets: dict[ContractId, int] = {}

    def told(self, contract_id: ContractId, number: int) -> int:
        """Return the wire's number of a world's update."""
        return number + self._offsets.get(contract_id, _FIRST)

    def restart(self, contract_id: ContractId, number: int) -> None:
        """Count from three again, as after maintenance; ``number`` is of the last update."""
        self._offsets[contract_id] = 3 - number - 1
