"""The configuration of one run: frozen, complete, and checked when it is built.

Every section of a file is a model; its field names are the keys, its descriptions what help files
show. ``allowed`` beside a field is what a user is told whose value does not fit. Readers take text,
because flags, variables and files all give text.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, SkipValidation

from app import values
from app.control_settings import ControlSettings
from app.notification_settings import NotificationSettings
from app.risk_settings import RiskSettings
from app.section import Finite, Section
from app.section import declare as _field
from app.section import read_text as _text
from database.store_address import ALLOWED, SQLITE, STORE_FILE, StoreAddress

VenueName: TypeAlias = str
"""A venue as the user names it: ``paper``, or ``paper:one`` for one of several paper venues."""
PAPER = "paper"
"""The one venue whose market may be recorded, and whose time may run at another pace."""
PROD = "prod"


def venue_kind(venue: VenueName) -> str:
    """Return ``paper`` for ``paper:one``; a venue without a label is its own kind."""
    return venue.partition(":")[0]


def venue_account(venue: VenueName, account: str) -> str:
    """Return ``one`` for ``lighter:one``, and ``account`` for a venue without a label."""
    return venue.partition(":")[2] or account


class RunSection(Section):
    """What runs where, on which data, for how long."""

    exchange: Annotated[tuple[VenueName, ...], BeforeValidator(values.venues)] = _field(
        ...,
        "Venue, or several separated by commas, the first one primary. One may stand more than "
        "once, with labels that name its accounts: lighter:one,lighter:two.",
    )
    ticker: Annotated[str, _text(values.ticker)] = _field(
        ..., "Market, by the symbol of its base asset.", values.TICKER_ALLOWED
    )
    symbols: Annotated[tuple[str, ...], BeforeValidator(values.symbols)] = _field(
        (),
        "Markets of a strategy that trades many and needs no ticker, separated by commas; without "
        "any it trades the ticker where one is given, else all there are.",
    )
    environment: Literal[
        "prod", "testnet", "demo", "eea", "eea-demo", "us", "us-demo", "simulator", "paper"
    ] = _field(
        "prod",
        "The real venue, its test network, its demo trading, its regional sites and their demo "
        "trading, a local simulator of it, or its prices with orders filled on paper. The venue "
        "named paper is the same in all of them.",
    )
    account: Annotated[str, _text(values.label)] = _field(
        "main", "Name of a stored account; main may as well come from the environment."
    )
    dry_run: bool = _field(
        False, "Decide on live or recorded prices, but send no order to anything.", "true or false"
    )
    data: Annotated[tuple[Path, ...], BeforeValidator(values.existing_files)] = _field(
        (), "Recordings to replay on the paper venue; without any its market is synthetic."
    )
    speed: Annotated[float | None, _text(values.speed)] = _field(
        1.0,
        "Market seconds per real second: 1, a number, or max to compute at full speed.",
        values.SPEED_ALLOWED,
    )
    duration: Annotated[timedelta | None, _text(values.duration)] = _field(
        None, "Market time after which the run ends by itself.", values.DURATION_ALLOWED
    )
    seed: int = _field(
        1,
        "Every random draw follows from it: same seed, same run.",
        "a whole number from 0 to 9223372036854775807",
        ge=0,
        lt=2**63,
    )
    state_dir: Path = _field(Path("state"), "Folder in which state survives a restart.")
    database: Annotated[StoreAddress | None, _text(StoreAddress.of)] = _field(
        None,
        "Store over all runs: a file, or a PostgreSQL database by its URL; without one store.db in "
        "state_dir.",
        ALLOWED,
        secret=True,
        repr=False,
    )
    fresh: bool = _field(
        False, "Set an unfinished run in state_dir aside and start anew.", "true or false"
    )
    adopt: Annotated[tuple[str, ...], BeforeValidator(values.positions)] = _field(
        (),
        "Positions that this run takes over at its start as venue:symbol, separated by commas; "
        "what its fills do not explain and is not named is told and left alone.",
    )
    report: Annotated[tuple[Path, ...], BeforeValidator(values.report_files)] = _field(
        (), "Files to write the run's report to; .json and .html by their endings."
    )
    panel: bool = _field(True, "Show a live panel when standing at a terminal.", "true or false")

    @property
    def store(self) -> StoreAddress:
        """Where the store is."""
        return self.database or StoreAddress(SQLITE, self.state_dir / STORE_FILE)

    @property
    def duration_s(self) -> float | None:
        """Market seconds after which the run ends; None for no such end."""
        return None if self.duration is None else self.duration.total_seconds()


class PaperSettings(Section):
    """The paper venue: account, fees, latency, and how orders queue."""

    starting_balance: Finite = _field(
        Decimal(10_000),
        "USD in each paper account.",
        "a number above 0, at most 1e12",
        gt=0,
        le=10**12,
    )
    maker_fee_percent: Finite | None = _field(
        None,
        "Fee of resting orders in percent of notional, negative for a rebate; without it the "
        "market's own.",
        "a number from -1 to 10",
        ge=-1,
        le=10,
    )
    taker_fee_percent: Finite | None = _field(
        None,
        "Fee of orders that take, in percent of notional; without it the market's own.",
        "a number from -1 to 10",
        ge=-1,
        le=10,
    )
    leverage: Finite = _field(
        Decimal(10),
        "Leverage of each market, capped by the market's own limit.",
        "a number from 1 to 125",
        ge=1,
        le=125,
    )
    latency_up_ms: Finite = _field(
        Decimal(5),
        "Time of an order's way to the venue.",
        "a number from 0 to 60000",
        ge=0,
        le=60_000,
    )
    latency_down_ms: Finite = _field(
        Decimal(5), "Time of an answer's way back.", "a number from 0 to 60000", ge=0, le=60_000
    )
    latency_jitter_ms: Finite = _field(
        Decimal(0),
        "Up to this much is added to each way, drawn from the seed.",
        "a number from 0 to 60000",
        ge=0,
        le=60_000,
    )
    acknowledge: Literal["immediate", "asynchronous"] = _field(
        "immediate",
        "Whether the answer to an order is its outcome, or a receipt that the outcome follows.",
    )
    queue_model: Literal["risk_averse", "proportional", "logarithmic", "squared", "front"] = _field(
        "risk_averse",
        "Where an order stands among those displayed before it: behind all of them until they "
        "traded, a share of those that leave stood ahead (three ways to count it), or in front.",
    )

    @property
    def maker_fee(self) -> Decimal | None:
        """Return the fee as a fraction of notional; None for the market's own."""
        return None if self.maker_fee_percent is None else self.maker_fee_percent / 100

    @property
    def taker_fee(self) -> Decimal | None:
        """Return the fee as a fraction of notional; None for the market's own."""
        return None if self.taker_fee_percent is None else self.taker_fee_percent / 100


class ExecutionSettings(Section):
    """What an execution over several venues may risk, and how markets are read for it."""

    max_unhedged_usd: Finite = _field(
        Decimal(5_000),
        "Most that may be unhedged at any instant of an execution (USD); larger ones are refused.",
        "a number above 0",
        gt=0,
    )
    max_unhedged_seconds: float = _field(
        30.0,
        "How long an execution may be unhedged while every venue answers; a plan that may take "
        "longer is refused.",
        "a number above 0",
        gt=0,
    )
    open_seconds: float = _field(
        10.0,
        "How long the first orders of an execution rest before it is given up.",
        "a number above 0",
        gt=0,
    )
    close_reading_seconds: float = _field(
        0.0,
        "How old what a venue said of position and open orders may be when a close at market is "
        "sent; 0 reads both before each. A fill of ours in between makes it worthless.",
        "a number from 0 to 60",
        ge=0,
        le=60,
    )
    survey_seconds: float = _field(
        15.0,
        "From one survey of rates, books and positions to the next.",
        "a number from 1 to 3600",
        ge=1,
        le=3600,
    )


class JournalSettings(Section):
    """The journal of orders."""

    durability: Literal["process", "power"] = _field(
        "process",
        "What a written order survives: the death of the process, or of the power supply too, "
        "which makes each write wait for the disk.",
    )


class LoggingSettings(Section):
    """What is logged, how and where."""

    level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], _text(str.upper)] = _field(
        "INFO", "How much is logged; DEBUG also shows tracebacks."
    )
    format: Literal["text", "json"] = _field("text", "Lines for people, or one JSON object each.")
    file: Path | None = _field(None, "File that the log is written to as well.")


class RunSettings(RunSection):
    """Everything a run needs to know: the keys of ``run``, and the other sections by name."""

    strategy: str
    """Its name."""
    strategy_parameters: SkipValidation[Mapping[str, Any]]
    """Complete and typed, as the strategy's constructor takes them."""
    many_markets: bool = False
    """Whether the strategy trades many markets: those of ``symbols``, or all there are."""
    paper: PaperSettings = PaperSettings()
    execution: ExecutionSettings = ExecutionSettings()
    risk: RiskSettings = RiskSettings()
    journal: JournalSettings = JournalSettings()
    logging: LoggingSettings = LoggingSettings()
    notifications: NotificationSettings = NotificationSettings()
    control: ControlSettings = ControlSettings()
    rebuild: SkipValidation[Any] = Field(default=None, repr=False)
    """Builds the same anew from what flags, variables and files say now; None where none did.

    A callable without arguments; pydantic cannot name the class within itself.
    """
    variables: SkipValidation[Mapping[str, str]] = Field(default_factory=dict, repr=False)
    """The process's variables and the env file's, among them the venues' credentials."""

    @property
    def traded(self) -> tuple[str, ...]:
        """The symbols that may be traded; none for all there are."""
        return self.symbols if self.many_markets else (self.ticker,)

    @property
    def markets_in_words(self) -> str:
        """The ticker, or which of many markets are traded: ``BTC,ETH`` or ``all markets``."""
        return ",".join(self.traded) or "all markets"

    @property
    def exit_open_orders(self) -> str:
        """``cancel`` or ``keep``: what a stop does with open orders, where the strategy says so."""
        return str(self.strategy_parameters.get("exit_open_orders", "cancel"))


SECTIONS: Mapping[str, type[Section]] = {
    "run": RunSection,
    "paper": PaperSettings,
    "execution": ExecutionSettings,
    "risk": RiskSettings,
    "journal": JournalSettings,
    "logging": LoggingSettings,
    "notifications": NotificationSettings,
    "control": ControlSettings,
}
"""The sections of a file beside ``strategy``, whose keys the strategy itself declares."""
