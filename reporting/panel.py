"""The live view of a run: a panel on a terminal, a line now and then anywhere else.

Both are polled: ``maybe_refresh`` looks at the machine's clock and draws only when it is due, so a
run that computes at full speed is drawn as seldom as one in real time. Rich is loaded when a panel
is made, not when this module is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TextIO

from exchange_clients.base_models import NS
from exchange_clients.shared.clock import Clock
from reporting.numbers import duration, grouped, money, significant, trimmed
from reporting.panel_state import PanelState

if TYPE_CHECKING:
    from rich.console import Console

PANEL_INTERVAL_S = 0.2
LINE_INTERVAL_S = 5.0

StateSource = Callable[[], PanelState]


class Progress(Protocol):
    """What shows a run while it lasts."""

    def start(self) -> None:
        """Begin to show."""

    def maybe_refresh(self) -> None:
        """Show the present state if that is due; cheap when it is not."""

    def stop(self) -> None:
        """Show the last state and let the terminal go; a second call does nothing."""


class Pace:
    """Says when the next picture is due, by the machine's monotonic clock."""

    def __init__(self, clock: Clock, interval_s: float) -> None:
        self._clock = clock
        self._interval_ns = round(interval_s * NS)
        self._next_ns = clock.monotonic_ns()

    def due(self) -> bool:
        """Tell whether a picture is due, and if so set the next one."""
        now_ns = self._clock.monotonic_ns()
        if now_ns < self._next_ns:
            return False
        # Counted from now: after a long pause one picture is due, not all that were missed.
        self._next_ns = now_ns + self._interval_ns
        return True


class Panel:
    """A panel that stays in place on a terminal; log lines scroll above it."""

    def __init__(
        self,
        source: StateSource,
        clock: Clock,
        *,
        title: str,
        console: Console | None = None,
        interval_s: float = PANEL_INTERVAL_S,
    ) -> None:
        from rich.console import Console as RichConsole  # noqa: PLC0415  # see the module's text
        from rich.live import Live  # noqa: PLC0415  # as above

        from reporting.panel_view import panel_view  # noqa: PLC0415  # as above

        self._source = source
        self._title = title
        self._view = panel_view
        self._pace = Pace(clock, interval_s)
        self._live = Live(
            console=console or RichConsole(), auto_refresh=False, vertical_overflow="crop"
        )

    def start(self) -> None:
        """Take the terminal and draw the first picture."""
        self._live.start()
        self.maybe_refresh()

    def maybe_refresh(self) -> None:
        """Draw if the machine's clock says so."""
        if self._live.is_started and self._pace.due():
            self._draw()

    def stop(self) -> None:
        """Draw the last picture and leave it standing."""
        if self._live.is_started:
            self._draw()
            self._live.stop()

    def _draw(self) -> None:
        self._live.update(self._view(self._source(), self._title), refresh=True)


class PlainProgress:
    """One plain line every few seconds of machine time: for files, pipes and CI."""

    def __init__(
        self,
        source: StateSource,
        clock: Clock,
        *,
        stream: TextIO,
        interval_s: float = LINE_INTERVAL_S,
    ) -> None:
        self._source = source
        self._stream = stream
        self._pace = Pace(clock, interval_s)
        self._shown: str | None = None
        self._stopped = False

    def start(self) -> None:
        """Write the first line."""
        self.maybe_refresh()

    def maybe_refresh(self) -> None:
        """Write a line if the machine's clock says so."""
        if not self._stopped and self._pace.due():
            self._write()

    def stop(self) -> None:
        """Write the last line, if there was a first."""
        if not self._stopped and self._shown is not None:
            self._write()
        self._stopped = True

    def _write(self) -> None:
        line = progress_line(self._source())
        if line != self._shown:
            self._stream.write(line + "\n")
            self._stream.flush()
            self._shown = line


def progress_line(state: PanelState) -> str:
    """Return the state as one line of ``key=value``; ``-`` for what is not known."""
    vitals = state.vitals
    pairs = {
        "elapsed": duration(state.elapsed_s).replace(" ", ""),
        "progress": "-" if vitals.progress is None else f"{vitals.progress:.1%}",
        "price": trimmed(state.price),
        "position": trimmed(state.position),
        "open_orders": str(len(state.open_orders)),
        "cycles": str(vitals.cycles),
        "fills": str(state.fills),
        "pnl_after_fees": money(state.pnl_after_fees, sign=True),
        "fees": money(state.fees),
        "equity": grouped(significant(state.equity, 2)),
        "data_age_s": "-" if vitals.data_age_s is None else f"{vitals.data_age_s:.1f}",
        "state": vitals.state.replace(" ", "_") or "-",
    }
    return " ".join(f"{key}={value}" for key, value in pairs.items()).replace(",", "")
