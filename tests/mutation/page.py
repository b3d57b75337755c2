"""What became of all mutants, as the page docs/mutation.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.mutation.reasons import REASONS
from tests.mutation.results import Fate

HEAD = """\
# Mistakes that tests must notice

A line that a test runs may still be wrong without the test telling. So small mistakes are made in
the code that decides about orders and money, one at a time: a comparison turned or shifted by
one, a constant one off, a condition taken as true or as false, a `not` or a minus left out, `and`
for `or`, `min` for `max`, another operation, the other side or rounding, the first two arguments
swapped, a keyword argument or a whole statement left out, None returned. Each *mutant*, the
module with one mistake, is run against the module's own tests, and is *found* if one of them
fails or does not end. Text, log lines, annotations, assertions and what an exception says are
left alone.

```console
make mutants                        # every module below; goes on where it was stopped
make mutants ARGS=order_tracker     # one of them
make mutants ARGS=--page            # this page, written anew from what is known
```

`python -m tests.mutation` plays one mutant after the other on one core, and keeps what came of
them in `build/mutants`; a changed function begins anew, and what survived without a reason is
tried again. How it works, and why it is no library: [ADR 22](adr/0022-mutants-of-our-own.md).

The last column leaves out those that survive with a reason: no test of what a module does could
tell them from it.

| module | mutants | found | live, with a reason | live, without | of all | of what differs |
|---|---|---|---|---|---|---|
"""

SURVIVORS = """
## What survives, and why it may

*The same*: no input tells the mutant from the code. *Cost*: only time or memory differ.
*Elsewhere*: the tests of another module tell.
"""


@dataclass(frozen=True, slots=True)
class Played:
    """What became of the mutants of one module."""

    path: str
    fates: Mapping[str, Fate | None]

    def survivors(self) -> list[str]:
        """Return the mutants that no test found, in the module's order."""
        return [name for name, fate in self.fates.items() if fate is not None and not fate.found]

    def without_reason(self) -> list[str]:
        """Return those of them that nobody has told a reason of."""
        return [name for name in self.survivors() if name not in REASONS.get(self.path, {})]

    def idle_reasons(self) -> list[str]:
        """Return reasons that are told of mutants that are none, or none any more, or are found."""
        return [name for name in REASONS.get(self.path, {}) if name not in self.survivors()]


def page(modules: list[Played]) -> str:
    """Return the page, in Markdown."""
    played = [each for each in modules if any(each.fates.values())]
    left = [f"\nNot played yet: `{each.path}`." for each in modules if each not in played]
    return HEAD + "\n".join([*_table(played), *left, SURVIVORS, *_survivors(played)]) + "\n"


def _table(modules: list[Played]) -> Iterator[str]:
    total: Counter[str] = Counter()
    for module in modules:
        left = module.survivors()
        counts = Counter(
            mutants=sum(fate is not None for fate in module.fates.values()),
            left=len(left),
            told=len(left) - len(module.without_reason()),
        )
        total += counts
        yield _row(f"`{module.path}`", counts)
    yield _row("all", total)


def _row(name: str, counts: Counter[str]) -> str:
    mutants, left, told = counts["mutants"], counts["left"], counts["told"]
    shares = [
        f"{(mutants - left) / out_of:.1%}" if out_of else "" for out_of in (mutants, mutants - told)
    ]
    counted = (mutants, mutants - left, told, left - told, *shares)
    return f"| {name} | {' | '.join(map(str, counted))} |"


def _survivors(modules: list[Played]) -> Iterator[str]:
    for module in modules:
        if not module.survivors():
            continue
        yield f"### `{module.path}`\n"
        yield "| why it may | mutants |\n|---|---|"
        by_reason: dict[str, list[str]] = {}
        for name in module.survivors():
            reason = REASONS.get(module.path, {}).get(name, "Not told yet.")
            by_reason.setdefault(reason, []).append(name.replace("|", "\\|"))
        for reason, names in by_reason.items():
            yield f"| {reason} | {'<br>'.join(names)} |"
        yield ""
