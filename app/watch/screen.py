"""The screen of ``runbot.py watch``, driven by the keyboard; the one owner of Textual."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import DataTable, Footer, Header, Input, Label, TabbedContent, TabPane

from app.watch.bots import Bots, Seen
from app.watch.tables import NUMBERS, Table, bots_table, tables

EVERY_S = 2.0
TITLES = ("Positions", "Orders", "Funding", "Health")
MARK = "! "
"""Before what a person should look at."""
STYLE = """
#bots { height: auto; max-height: 40%; min-height: 4; }
#said { height: 1; padding: 0 1; color: $text-muted; }
TabbedContent { height: 1fr; }
TabPane > DataTable { height: 1fr; }
Question { align: center middle; }
Question Label { width: 100%; margin-bottom: 1; }
Question > Vertical {
    width: 64; height: auto; border: thick $warning; padding: 1 2; background: $surface;
}
"""


class Question(ModalScreen[str]):
    """Asks for one word; Escape answers nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "back")]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """Show the question and where to answer."""
        yield Vertical(Label(self._text), Input())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer."""
        self.dismiss(event.value.strip())

    def action_leave(self) -> None:
        """Answer nothing."""
        self.dismiss("")


class WatchApp(App[None]):
    """Bots above, what they hold and do below.

    Args:
        bots: Who is watched; closed with this.
    """

    CSS = STYLE
    TITLE = "bots"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(str(number), f"show('{title}')", title)
            for number, title in enumerate(TITLES, start=1)
        ),
        Binding("a", "everyone", "all bots / one"),
        Binding("p", "pause", "pause"),
        Binding("r", "resume", "resume"),
        Binding("c", "close_symbol", "close symbol"),
        Binding("f", "flatten", "flatten"),
        Binding("q", "quit", "quit"),
    ]

    def __init__(self, bots: Bots) -> None:
        super().__init__()
        self._bots = bots
        self._seen: Sequence[Seen] = ()
        self._only_one = False
        """Whether the tables below are of the bot that is chosen, or of all."""

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        yield Header(show_clock=True, icon=" ")
        yield DataTable(id="bots", cursor_type="row")
        yield Label("", id="said")
        with TabbedContent(initial=TITLES[0]):
            for title in TITLES:
                with TabPane(title, id=title):
                    yield DataTable(id=f"table-{title}", cursor_type="row")
        yield Footer()

    async def on_mount(self) -> None:
        """Look now, and then again and again."""
        self.query_one("#bots", DataTable).focus()
        await self.look()
        self.set_interval(EVERY_S, self._look_again)

    async def on_unmount(self) -> None:
        """Let connections go."""
        await self._bots.close()

    async def look(self) -> None:
        """Ask every bot, and show what they say."""
        self._seen = [await self._bots.look(each) for each in self._bots.addresses()]
        self._draw()

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Show the bot that is chosen, where one alone is shown."""
        if event.data_table.id == "bots" and self._only_one:
            self._draw_tables()

    # Keys -----------------------------------------------------------------------------------------

    def action_show(self, title: str) -> None:
        """Show a table."""
        self.query_one(TabbedContent).active = title

    def action_everyone(self) -> None:
        """Show all bots below, or the one that is chosen."""
        self._only_one = not self._only_one
        self._draw_tables()

    def action_pause(self) -> None:
        """Pause the bot that is chosen."""
        self._tell("pause")

    def action_resume(self) -> None:
        """Let it open positions again."""
        self._tell("resume")

    def action_close_symbol(self) -> None:
        """Ask for a symbol, and close it."""

        def answered(symbol: str | None) -> None:
            if symbol:
                self._tell("close", symbol=symbol)

        self._ask("Close which symbol on every venue? (Escape: none)", answered)

    def action_flatten(self) -> None:
        """Ask twice, and close everything."""

        def answered(word: str | None) -> None:
            if word == "flatten":
                self._tell("flatten")
            else:
                self._say("nothing was done")

        self._ask("Close everything of this bot and end its run? Write: flatten", answered)

    def _ask(self, text: str, answered: Callable[[str | None], None]) -> None:
        chosen = self._chosen()
        if chosen is None:
            self._say("there is no bot")
            return
        self.push_screen(Question(f"{chosen.name}\n\n{text}"), answered)

    def _tell(self, command: str, **body: str) -> None:
        chosen = self._chosen()
        if chosen is None:
            self._say("there is no bot")
            return
        self._say(f"{chosen.name}: {command} ...")
        self.run_worker(self._told(chosen, command, body), group="commands")

    async def _told(self, chosen: Seen, command: str, body: dict[str, str]) -> None:
        said = await self._bots.tell(chosen.address, command, **body)
        self._say(f"{chosen.name}: {said}")
        await self.look()

    def _look_again(self) -> None:
        self.run_worker(self.look(), group="look", exclusive=True)

    # Drawing --------------------------------------------------------------------------------------

    def _draw(self) -> None:
        self._fill(self.query_one("#bots", DataTable), bots_table(self._seen))
        self._draw_tables()

    def _draw_tables(self) -> None:
        chosen = self._chosen()
        shown = [chosen] if self._only_one and chosen is not None else self._seen
        for each in tables(shown):
            self._fill(self.query_one(f"#table-{each.title}", DataTable), each)
        self.sub_title = chosen.name if self._only_one and chosen is not None else "all"

    def _fill(self, widget: DataTable[Text], table: Table) -> None:
        """Put rows anew where they were; the cursor stays where it was."""
        at = widget.cursor_row
        widget.clear(columns=True)
        columns = table.columns
        widget.add_columns(*map(_cell, columns, columns))
        rows = table.rows or [(f"({table.empty})", *[""] * (len(columns) - 1))]
        widget.add_rows([map(_cell, row, columns) for row in rows])
        widget.move_cursor(row=min(at, len(rows) - 1))

    def _chosen(self) -> Seen | None:
        at = self.query_one("#bots", DataTable).cursor_row
        return self._seen[at] if at < len(self._seen) else None

    def _say(self, text: str) -> None:
        self.query_one("#said", Label).update(text)


def _cell(text: str, column: str) -> Text:
    """Return a cell in which what is marked stands out; no text is read as markup."""
    style = "bold reverse" if text.startswith(MARK) else ""
    return Text(text, style=style, justify="right" if column in NUMBERS else "left")
