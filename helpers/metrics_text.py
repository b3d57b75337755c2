"""Figures in the text format of Prometheus: families of samples, and histograms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
INFINITE = "+Inf"


@dataclass(frozen=True, slots=True)
class Sample:
    """One figure of a family."""

    value: float
    labels: Mapping[str, str]
    suffix: str = ""
    """After the family's name: ``_bucket``, ``_sum``, ``_count`` of a histogram."""


@dataclass(frozen=True, slots=True)
class Family:
    """Figures of one name."""

    name: str
    kind: str
    """``gauge``, ``counter`` or ``histogram``."""
    meaning: str
    samples: Sequence[Sample]

    def lines(self) -> Iterable[str]:
        """Yield the family's lines."""
        yield f"# HELP {self.name} {self.meaning}"
        yield f"# TYPE {self.name} {self.kind}"
        for each in self.samples:
            told = ",".join(f'{name}="{_escaped(text)}"' for name, text in each.labels.items())
            labels = f"{{{told}}}" if told else ""
            yield f"{self.name}{each.suffix}{labels} {each.value:.10g}"


class Histogram:
    """Counts of observations by how large they were.

    Args:
        bounds: Upper bounds of the buckets, ascending; above the last one is a further bucket.
    """

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        """Count one observation."""
        at = next((n for n, bound in enumerate(self._bounds) if value <= bound), -1)
        self._counts[at] += 1
        self._sum += value

    def samples(self, labels: Mapping[str, str]) -> list[Sample]:
        """Return the histogram's figures."""
        samples, total = [], 0
        for bound, count in zip((*self._bounds, None), self._counts, strict=True):
            total += count
            le = INFINITE if bound is None else f"{bound:g}"
            samples.append(Sample(total, {**labels, "le": le}, "_bucket"))
        return [*samples, Sample(self._sum, labels, "_sum"), Sample(total, labels, "_count")]


def family(
    name: str, kind: str, meaning: str, label: str, values: Iterable[tuple[str, float]]
) -> Family:
    """Return figures that differ by one label; a figure without a text has no label."""
    samples = [Sample(value, {label: text} if text else {}) for text, value in values]
    return Family(name, kind, meaning, samples)


def text_of(families: Iterable[Family]) -> str:
    """Return the whole document."""
    return "\n".join(line for each in families for line in each.lines()) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
