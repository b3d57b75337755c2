"""Ways to spread a quantity over time or over orders; ``OrderExecutor.execute`` takes one."""

from execution.algorithms.chase import Chase
from execution.algorithms.iceberg import Iceberg
from execution.algorithms.twap import Twap

__all__ = ["Chase", "Iceberg", "Twap"]
