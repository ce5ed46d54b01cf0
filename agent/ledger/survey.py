"""The account of any stretch of time, counted from a journal that nobody need be writing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agent.ledger.account import MARGIN_NS, Account
from agent.ledger.books import Books
from agent.ledger.days import begin_ns, day_of
from agent.ledger.gaps import merged
from agent.ledger.lacking import lacking
from agent.model import Observation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.journal.reader import JournalReader
    from agent.ledger.gaps import Gap
    from agent.model import Tally

_PAGE = 500
# A day of a large station. A sensor that has been silent for longer, its bus stuck, is not looked for.
_LOOK_BACK = 100_000
_ALWAYS_NS = (1 << 63) - 1 - 2 * MARGIN_NS


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
    """Count the whole days that `from_ns` <= time < `to_ns` lies in. Raises sqlite3.Error."""
    first, last = day_of(from_ns), day_of(to_ns - 1)
    account = Account(Books(periods_s, None))
    _count(reader, account, _seqs(reader, set(periods_s), begin_ns(first), begin_ns(last + 1)), last)
    account.so_far()
    days = {day: account.tallies(day) for day in account.days() if first <= day <= last}
    stretches = [each for each in account.stretches() if each.last_ns >= from_ns and each.first_ns < to_ns]
    ends = reader.read_after(reader.head() - 1, 1)
    reached_ns = max((each.time.wall_ns for each in ends if each.time.settled), default=account.now_ns)
    return Survey(days, merged(stretches), reached_ns, any(not each.time.settled for each in ends))


def _seqs(reader: JournalReader, sensors: set[str], from_ns: int, to_ns: int) -> tuple[int, int]:
    """The seqs that tell of this time: from the last observations before it on; `_count` may go on behind."""
    since = reader.span(from_ns - MARGIN_NS, _ALWAYS_NS)
    within = reader.span(from_ns - MARGIN_NS, to_ns + MARGIN_NS)
    begin = since[0] if since else reader.head() + 1
    return _last_seen(reader, sensors, begin), within[1] if within else begin


def _last_seen(reader: JournalReader, sensors: set[str], before: int) -> int:
    """From where on each sensor has been observed `before` a seq, as far back as anybody would wait for."""
    unseen, page = set(sensors), before
    while unseen and page > max(1, before - _LOOK_BACK):
        page = max(1, page - _PAGE)
        for entry in reader.read_after(page - 1, _PAGE, page + _PAGE - 1):
            if isinstance(entry.record, Observation) and entry.time.settled:
                unseen.discard(entry.record.channel.sensor)
    # The channels of one sensor stand side by side: some of them perhaps on the page before.
    return max(1, page - _PAGE)


def _count(reader: JournalReader, account: Account, seqs: tuple[int, int], day: int) -> None:
    """Let the account see these seqs, and what follows until `day` is over: that may end in an outage."""
    first, last = seqs
    seq, is_inside = first - 1, False
    while entries := reader.read_after(seq, _PAGE):
        lacks = lacking(reader, seq if is_inside else entries[0].seq - 1, entries)
        for entry in entries:
            if entry.seq > last and account.is_over(day):
                return
            if entry.seq in lacks:
                account.lacks(entry, lacks[entry.seq])
            if entry.time.settled:
                account.take(entry)
        seq, is_inside = entries[-1].seq, True
