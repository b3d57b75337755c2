"""What REST tells of accounts; lists of orders and trades trail the streams.

Accounts themselves, their API keys and nonces are public here, as on the venue's chain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from exchange_clients.base_models import NS, Side
from exchange_clients.events import FundingPayment
from venue_simulators.lighter import wording
from venue_simulators.lighter.account_rows import account_row
from venue_simulators.lighter.errors import Code, Refusal
from venue_simulators.lighter.listing import market_id
from venue_simulators.lighter.orders import OrderState, block_height, order_row
from venue_simulators.lighter.requests import Parameters, page
from venue_simulators.lighter.state import AccountBook, State, TxRecord
from venue_simulators.lighter.trades import TradeState, trade_row

_PAGE_MAX = 100
_CLIENT_INDEXES_MAX = 20
_FEE_TICKS = 1_000_000
"""Fees of an account are integers of a millionth, as in trades."""
_ALL_KEYS = 255


# Without a token ----------------------------------------------------------------------------------


def next_nonce(state: State, parameters: Parameters) -> dict[str, object]:
    """Answer ``nextNonce``."""
    account, key = parameters.number("account_index"), parameters.number("api_key_index")
    state.accounts.key(account, key)
    return {"code": 200, "nonce": state.nonces.next(account, key)}


def api_keys(state: State, parameters: Parameters) -> dict[str, object]:
    """Answer ``apikeys``: one of an account, or all."""
    account = state.accounts.get(parameters.number("account_index"))
    wanted = parameters.number("api_key_index", _ALL_KEYS)
    keys = (
        account.keys.values()
        if wanted == _ALL_KEYS
        else [state.accounts.key(account.index, wanted)]
    )
    rows = [
        {
            "account_index": account.index,
            "api_key_index": key.index,
            "nonce": state.nonces.next(account.index, key.index),
            "public_key": key.public.hex(),
        }
        for key in keys
    ]
    return {"code": 200, "api_keys": rows}


def account(state: State, parameters: Parameters) -> dict[str, object]:
    """Answer ``account``, by number or by address."""
    by, value = parameters.text("by"), parameters.text("value")
    rows = [
        account_row(state, book)
        for book in state.books.values()
        if value == (str(book.account.index) if by == "index" else book.account.l1_address)
    ]
    if not rows:
        raise Refusal(Code.ACCOUNT_NOT_FOUND)
    return {"code": 200, "total": len(rows), "accounts": rows}


def accounts_by_l1_address(state: State, parameters: Parameters) -> dict[str, object]:
    """Answer ``accountsByL1Address``."""
    address = parameters.text("l1_address")
    rows = [
        account_row(state, book)
        for book in state.books.values()
        if book.account.l1_address == address.lower()
    ]
    if not rows:
        raise Refusal(Code.ACCOUNT_NOT_FOUND)
    return {"code": 200, "l1_address": address, "sub_accounts": rows}


def transaction(state: State, parameters: Parameters) -> dict[str, object]:
    """Answer ``tx``, by hash."""
    if parameters.text("by") != "hash":
        raise Refusal(Code.INVALID_PARAMETER, "by")
    record = state.transactions.get(parameters.text("value").removeprefix("0x"))
    if record is None:
        raise Refusal(Code.NOT_FOUND)
    return {"code": 200} | transaction_row(record)


def transaction_row(record: TxRecord) -> dict[str, object]:
    """Return a transaction as REST and the stream ``account_tx`` show it."""
    sent = record.transaction
    return {
        "hash": record.hash,
        "type": int(sent.tx_type),
        "info": sent.info,
        "event_info": record.event_info,
        "status": record.status,
        "account_index": sent.account,
        "api_key_index": sent.key,
        "nonce": sent.nonce,
        "expire_at": sent.expired_at_ms,
        "block_height": block_height(record.executed_ns) if record.executed_ns else 0,
        "queued_at": wording.milliseconds(record.queued_ns),
        "executed_at": wording.milliseconds(record.executed_ns),
        "transaction_time": wording.microseconds(record.executed_ns or record.queued_ns),
    }


# With a token -------------------------------------------------------------------------------------


def active_orders(state: State, book: AccountBook, parameters: Parameters) -> dict[str, object]:
    """Answer ``accountActiveOrders``."""
    market = parameters.number("market_id", 255)
    found = [
        one
        for one in book.orders.seen(state.now_ns)
        if one.live and market in (255, one.fields.market)
    ]
    return {"code": 200, "orders": _rows(found)}


def inactive_orders(state: State, book: AccountBook, parameters: Parameters) -> dict[str, object]:
    """Answer ``accountInactiveOrders``, newest first."""
    limit = parameters.within("limit", 1, _PAGE_MAX)
    market = parameters.number("market_id", 255)
    first_ms, last_ms = _between(parameters.text("between_timestamps", ""))
    found = [
        one
        for one in book.orders.seen(state.now_ns)
        if not one.live
        and market in (255, one.fields.market)
        and first_ms <= wording.milliseconds(one.updated_ns) <= last_ms
    ]
    found.sort(key=lambda one: (one.updated_ns, one.order_index), reverse=True)
    rows, cursor = page(_rows(found), parameters.text("cursor", ""), limit)
    return {"code": 200, "next_cursor": cursor, "orders": rows}


def chosen_orders(state: State, book: AccountBook, parameters: Parameters) -> dict[str, object]:
    """Answer ``accountOrders``: those of some client indexes, whatever became of them."""
    wanted = parameters.numbers("client_order_indexes")
    if len(wanted) > _CLIENT_INDEXES_MAX:
        raise Refusal(Code.INVALID_PARAMETER, "client_order_indexes")
    found = [one for one in book.orders.seen(state.now_ns) if one.fields.client_index in wanted]
    return {"code": 200, "orders": _rows(found)}


def trades(state: State, book: AccountBook, parameters: Parameters) -> dict[str, object]:
    """Answer ``trades``."""
    if parameters.text("sort_by") not in ("timestamp", "block_height", "trade_id"):
        raise Refusal(Code.INVALID_PARAMETER, "sort_by")
    limit = parameters.within("limit", 1, _PAGE_MAX)
    holds = _trade_filter(state, book, parameters)
    found = [one for one in book.trades if holds(one)]
    if parameters.text("sort_dir", "desc") == "desc":
        found.reverse()
    rows = [trade_row(one, state.fees[one.market.contract_id]) for one in found]
    shown, cursor = page(rows, parameters.text("cursor", ""), limit)
    return {"code": 200, "next_cursor": cursor, "trades": shown}


def position_funding(state: State, book: AccountBook, parameters: Parameters) -> dict[str, object]:
    """Answer ``positionFunding``, newest first; ``change`` is positive when received."""
    limit = parameters.within("limit", 1, _PAGE_MAX)
    start_s = _seconds(parameters.number("start_timestamp", 0))
    end_s = _seconds(parameters.number("end_timestamp", 1 << 62))
    side = parameters.text("side", "all")
    ids = parameters.text("market_ids", "")
    wanted = parameters.numbers("market_ids") if ids else []
    rows = []
    for number, payment in enumerate(state.world.payments(book.account.name), 1):
        row = _funding_row(state, number, payment)
        in_time = start_s <= payment.venue_ns // NS <= end_s
        of_market = not wanted or row["market_id"] in wanted
        if not state.world.listed(payment.venue_ns):
            continue
        if in_time and of_market and side in ("all", row["position_side"]):
            rows.append(row)
    rows.reverse()
    shown, cursor = page(rows, parameters.text("cursor", ""), limit)
    return {"code": 200, "position_fundings": shown, "next_cursor": cursor}


def account_limits(state: State, book: AccountBook, parameters: Parameters) -> dict[str, object]:
    """Answer ``accountLimits``."""
    del book, parameters
    maker, taker = next(iter(state.fees.values()))
    return {
        "code": 200,
        "max_llp_percentage": 0,
        "user_tier": state.terms.tier.name.lower(),
        "can_create_public_pool": False,
        "current_maker_fee_tick": int(maker * _FEE_TICKS),
        "current_taker_fee_tick": int(taker * _FEE_TICKS),
    }


# Helpers ------------------------------------------------------------------------------------------


def _rows(states: Iterable[OrderState]) -> list[dict[str, object]]:
    return [order_row(one, NS) for one in states]


def _between(text: str) -> tuple[int, int]:
    """Read ``first-last``; instants in ms, or in seconds where they are small enough."""
    if not text:
        return 0, 1 << 62
    first, _, last = text.partition("-")
    if not (first.isdecimal() and last.isdecimal()):
        raise Refusal(Code.INVALID_PARAMETER, "between_timestamps")
    return 1000 * _seconds(int(first)), 1000 * _seconds(int(last)) + 999


def _seconds(instant: int) -> int:
    """Return an instant in seconds that was given so or in ms."""
    return instant // 1000 if instant > 100_000_000_000 else instant


def _trade_filter(
    state: State, book: AccountBook, parameters: Parameters
) -> Callable[[TradeState], bool]:
    seen_ns = state.now_ns - state.terms.read_lag_ns
    first_ns = _seconds(parameters.number("from", 0)) * NS
    market = parameters.number("market_id", 255)
    order = parameters.number("order_index", 0)
    role, kind = parameters.text("role", "all"), parameters.text("type", "all")

    def holds(trade: TradeState) -> bool:
        side, own = _own(book, trade)
        taker = trade.aggressor is side
        return (
            first_ns <= trade.at_ns <= seen_ns
            and market in (255, market_id(trade.market.contract_id))
            and order in (0, own)
            and role in ("all", "taker" if taker else "maker")
            and kind in ("all", trade.kind)
        )

    return holds


def _own(book: AccountBook, trade: TradeState) -> tuple[Side, int]:
    """Return an account's side of a trade and its order there."""
    for side, party in trade.parties.items():
        if party.account == book.account.index:
            return side, party.order_index
    raise AssertionError(f"account {book.account.index} took part in trade {trade.number}")


def _funding_row(state: State, number: int, payment: FundingPayment) -> dict[str, object]:
    market = state.world.markets[payment.contract_id]
    assert payment.quantity is not None, "the world knows the position that it charges"
    assert payment.rate is not None, "and the rate"
    return {
        "timestamp": payment.venue_ns // NS,
        "market_id": market_id(payment.contract_id),
        "funding_id": number,
        "change": wording.money(payment.amount),
        "rate": wording.percent(payment.rate),
        "discount": "0.000000",
        "position_size": wording.amount(market, abs(payment.quantity)),
        "position_side": "short" if payment.quantity < 0 else "long",
    }
