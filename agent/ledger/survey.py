"""The account of any stretch of time, counted from a journal that nobody need be writing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.ledger.account import MARGIN_NS, Account
from agent.ledger.books import Books
from agent.ledger.days import day_of
from agent.ledger.gaps import merged
from agent.ledger.lacking import lacking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.journal.reader import JournalReader
    from agent.ledger.gaps import Gap
    from agent.model import Tally

_PAGE = 500


class Survey(NamedTuple):
    """What was found between two moments.

    `days`: accounts by UTC day and channel; `gaps`: what is missing, by its beginning; `reached_ns`: the
    latest time on record; `waits`: what comes last is left out, because its time is not known yet.
    """

    days: dict[int, dict[str, Tally]]
    gaps: list[Gap]
    reached_ns: int
    waits: bool


def survey(reader: JournalReader, periods_s: Mapping[str, float], from_ns: int, to_ns: int) -> Survey:
    """Count what happened from `from_ns` to before `to_ns`, whole days of it. Raises sqlite3.Error."""
    account = Account(Books(periods_s, None))
    _count(reader, account, reader.span(from_ns - MARGIN_NS, to_ns + MARGIN_NS))
    account.so_far()
    first, last = day_of(from_ns), day_of(to_ns - 1)
    days = {day: account.tallies(day) for day in account.days() if first <= day <= last}
    stretches = [each for each in account.stretches() if each.last_ns >= from_ns and each.first_ns < to_ns]
    ends = reader.read_after(reader.head() - 1, 1)
    return Survey(days, merged(stretches), account.now_ns, any(not each.time.settled for each in ends))


def _count(reader: JournalReader, account: Account, span: tuple[int, int] | None) -> None:
    """Let the account see a range of seqs."""
    seq, last = (span[0] - 1, span[1]) if span else (0, 0)
    is_inside = False
    while entries := reader.read_after(seq, _PAGE, last):
        lacks = lacking(reader, seq if is_inside else entries[0].seq - 1, entries)
        for entry in entries:
            if entry.seq in lacks:
                account.lacks(entry, lacks[entry.seq])
            if entry.time.settled:
                account.take(entry)
        seq, is_inside = entries[-1].seq, True
