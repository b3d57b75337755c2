"""Commands by Telegram: the same as the API's, for chats that are named, those that trade twice.

Reading what was written is a loop of its own; nothing of the bot waits for it. What was written
before the bot began, or from a chat that is not named, is never carried out.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from app.control.operator import Operator, Refused, Told
from app.control.run_view import balances_of, orders_of, positions_of, status_of
from app.session import Session
from exchange_clients.base_models import NS
from exchange_clients.shared.tasks import TaskScope
from helpers.channels import ChannelBusy, ChannelClosed, ChannelError
from helpers.telegram_bot import TelegramBot, Written
from reporting.numbers import duration, money, plain, trimmed

logger = logging.getLogger(__name__)

WAIT_S = 25
"""How long Telegram holds a question open until something is written."""
PAUSE_S = 0.5
"""Between two questions, should Telegram not hold them open."""
RETRY_FIRST_S = 1.0
RETRY_MAX_S = 60.0
CONFIRM_S = 60
"""How long a command waits for its confirmation."""
LINES_MAX = 40

HELP = """\
/status  what the bot does, and what it made
/positions  what is held on every venue
/orders  what may still trade
/balances  what each account is worth
/pause  open nothing new; /resume lets it again
/close SYMBOL  close one symbol on every venue
/flatten  close everything of ours and end the run"""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A command that trades, until it is confirmed."""

    code: str
    words: str
    until_ns: int
    do: Callable[[], Awaitable[Told]]


class TelegramCommands:
    """Reads commands and answers them.

    Args:
        session: The run.
        operator: Carries out commands.
        bot: Reads and writes; closed with this.
        chats: Who may command.
    """

    def __init__(
        self, session: Session, operator: Operator, bot: TelegramBot, chats: Sequence[int]
    ) -> None:
        self._session = session
        self._operator = operator
        self._bot = bot
        self._chats = tuple(chats)
        self._clock = session.clock
        self._began_ns = session.machine.now_ns()
        self._last = 0
        self._waiting: dict[int, _Waiting] = {}
        self._tasks = TaskScope()
        self._words: Mapping[str, Callable[[Written, str], Awaitable[str]]] = {
            "/status": self._status,
            "/positions": self._positions,
            "/orders": self._orders,
            "/balances": self._balances,
            "/pause": self._pause,
            "/resume": self._resume,
            "/close": self._close,
            "/flatten": self._flatten,
            "/yes": self._yes,
        }

    def open(self) -> None:
        """Begin to read."""
        self._tasks.start(self._read(), "telegram commands")

    async def close(self) -> None:
        """Read no more."""
        await self._tasks.close()
        await self._bot.close()

    async def _read(self) -> None:
        retry_s = RETRY_FIRST_S
        while True:
            try:
                for written in await self._bot.written(self._last, WAIT_S):
                    self._last = written.update_id
                    await self._take(written)
                retry_s = RETRY_FIRST_S
                await self._clock.sleep(PAUSE_S)
            except ChannelBusy as busy:
                await self._clock.sleep(busy.retry_after_s)
            except ChannelClosed as error:
                logger.error("event=commands_closed by=telegram error=%s", error)  # noqa: TRY400
                return
            except ChannelError as error:
                logger.info("event=commands_not_read error=%s next=again_in_%gs", error, retry_s)
                await self._clock.sleep(retry_s)
                retry_s = min(2 * retry_s, RETRY_MAX_S)

    async def _take(self, written: Written) -> None:
        """Carry out one message and answer it; an answer that is lost is not given again."""
        if written.chat not in self._chats:
            logger.warning("event=command_refused by=telegram chat=%d", written.chat)
            return
        if written.at_s < self._began_ns // NS:
            return  # it was meant for an earlier run
        word, _, rest = written.text.strip().partition(" ")
        deed = self._words.get(word.partition("@")[0].lower())
        answer = HELP if deed is None else await deed(written, rest.strip())
        await self._bot.send_message(written.chat, answer)

    # What is asked --------------------------------------------------------------------------------

    async def _status(self, written: Written, rest: str) -> str:
        status = status_of(self._session)
        money_ = status.money
        up = duration((status.now_ns - status.started_ns) / NS)
        lines = [
            f"{status.title}: {status.state}, up {up}",
            f"equity {money(money_.equity)} USD, made {money(money_.net, sign=True)} USD after "
            f"fees, {money_.fills} fills",
            f"risk {status.risk.state}" + (f": {status.risk.reason}" if status.risk.reason else ""),
            f"unhedged {money(status.unhedged_usd)} USD",
        ]
        lines += [f"paused by {status.paused_by}"] * bool(status.paused_by)
        lines += [f"no more entries: {status.entries_stopped}"] * bool(status.entries_stopped)
        lines += [f"stopping: {status.stopping}"] * bool(status.stopping)
        lines += [f"{name}: {why}" for name, why in status.alerts.items()]
        lines += [_progress_line(each.venue, each.left) for each in status.progress]
        return "\n".join(lines)

    async def _positions(self, written: Written, rest: str) -> str:
        return _listed(
            "nothing is held",
            [
                f"{each.venue} {each.symbol} {plain(each.quantity)} at mark {trimmed(each.mark)}, "
                f"unrealised {money(each.unrealised, sign=True)} USD"
                for each in positions_of(self._session, self._operator.owned)
            ],
        )

    async def _orders(self, written: Written, rest: str) -> str:
        return _listed(
            "no order is open",
            [
                f"{each.side} {plain(each.remaining)} at {trimmed(each.price)} ({each.purpose})"
                for each in orders_of(self._session)
            ],
        )

    async def _balances(self, written: Written, rest: str) -> str:
        return _listed(
            "no account is known",
            [
                f"{each.venue} {money(each.value)} USD (began with {money(each.baseline)})"
                for each in balances_of(self._session)
            ],
        )

    # What is told ---------------------------------------------------------------------------------

    async def _pause(self, written: Written, rest: str) -> str:
        return _outcome(lambda: self._operator.pause(_who(written)))

    async def _resume(self, written: Written, rest: str) -> str:
        return _outcome(lambda: self._operator.resume(_who(written)))

    async def _close(self, written: Written, rest: str) -> str:
        if not rest:
            return "which one? /close BTC"
        symbol = rest.upper()
        return self._ask(
            written,
            f"close {symbol} on every venue, and pause entries",
            lambda: self._operator.close(symbol, _who(written)),
        )

    async def _flatten(self, written: Written, rest: str) -> str:
        async def flatten() -> Told:
            return self._operator.flatten(_who(written))

        return self._ask(written, "close everything of ours and end the run", flatten)

    def _ask(self, written: Written, words: str, do: Callable[[], Awaitable[Told]]) -> str:
        code = f"{written.update_id % 10_000:04d}"
        until_ns = self._clock.now_ns() + CONFIRM_S * NS
        self._waiting[written.chat] = _Waiting(code, words, until_ns, do)
        return f"To {words}, write /yes {code} within {CONFIRM_S} s."

    async def _yes(self, written: Written, rest: str) -> str:
        waiting = self._waiting.get(written.chat)
        if waiting is None or self._clock.now_ns() > waiting.until_ns:
            self._waiting.pop(written.chat, None)
            return "nothing waits to be confirmed"
        if rest != waiting.code:
            return f"to {waiting.words}, the word is /yes {waiting.code}"
        del self._waiting[written.chat]
        # It may take long; who writes meanwhile is answered.
        self._tasks.start(self._carry_out(written.chat, waiting), waiting.words)
        return f"doing it: {waiting.words}"

    async def _carry_out(self, chat: int, waiting: _Waiting) -> None:
        try:
            told = await waiting.do()
            text = "\n".join([told.text, *(_progress_line(v.venue, v.left) for v in told.venues)])
        except Refused as error:
            text = str(error)
        try:
            await self._bot.send_message(chat, text)
        except ChannelError as error:
            logger.warning("event=answer_not_sent error=%s text=%r", error, text)


def _who(written: Written) -> str:
    return f"telegram {written.sender}".rstrip()


def _outcome(do: Callable[[], Told]) -> str:
    try:
        return do().text
    except Refused as error:
        return str(error)


def _progress_line(venue: str, left: str) -> str:
    return f"{venue}: {left} left"


def _listed(nothing: str, lines: Sequence[str]) -> str:
    more = len(lines) - LINES_MAX
    shown = [*lines[:LINES_MAX], *([f"and {more} more"] if more > 0 else [])]
    return "\n".join(shown) or nothing
