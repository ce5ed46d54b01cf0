"""A day has one account: the station's own, and the same for whoever asks, with however many other days."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from agent.clock import NS
from agent.journal.reader import JournalReader
from agent.ledger.days import day_named
from agent.ledger.survey import survey
from agent.model import Event, Severity, Tally
from tests.ledger.conftest import Site
from tests.ledger.story import BEGIN_S, DAY

PERIOD_S = 900.0
DAY_S = 86_400
DAYS = 6
# Each example is a journal on the disk: to look for the smallest one that fails takes many minutes.
_PHASES = [Phase.explicit, Phase.reuse, Phase.generate]

_RUN = st.tuples(
    st.floats(3.0, 40.0),  # hours that it runs
    st.sampled_from(["crash", "power", "evicted", "blocked"]),
    st.floats(0.0, 60.0),  # hours until it measures again
)


def happen(site: Site, runs: list[tuple[float, str, float]]) -> None:
    """Live through it, the ledger beside it."""
    now_s = 0.0
    for on_h, what, off_h in runs:
        begin_s, now_s = now_s, now_s + on_h * 3600
        site.read(begin_s, now_s)
        last_s = site.clock.at_s
        if what == "evicted":
            site.give_up(site.journal.head - 8, site.journal.head - 5)
        count(site)
        if what in {"crash", "power"}:
            now_s += off_h * 3600
        if what == "power":
            site.lose_power(now_s)
        elif what == "crash":
            site.crash()
            site.clock.at_s = now_s
            site.start()
        elif what == "blocked":
            now_s = stuck(site, last_s, round(off_h * 3600 / PERIOD_S)) + PERIOD_S
        site.alive(now_s)
        count(site)


def stuck(site: Site, last_s: float, slots: int) -> float:
    """The bus is stuck for so many slots after the `last_s`. Returns when the last of them was."""
    for slot in range(0, slots, 4):
        site.alive(last_s + slot * PERIOD_S + 1)
        count(site)
    if slots:
        first, last = (site.clock.at(last_s + n * PERIOD_S) for n in (1, slots))
        data: dict[str, float | str] = {"reason": "blocked", "records": slots}
        gap = Event("g", "gap", "ph-3", "raised", Severity.BLUE, first, "", "", data)
        site.append(gap, gap._replace(phase="cleared", at=last))
    return last_s + slots * PERIOD_S


def count(site: Site) -> None:
    """The ledger's turn, and the writer's."""
    site.count()
    site.commit()


def asked(site: Site, first: int, last: int) -> dict[int, dict[str, Tally]]:
    """As `skyground gaps` counts the days from the `first` to the `last`."""
    reader = JournalReader(site.path, lambda _seq: None)
    try:
        from_ns, to_ns = ((BEGIN_S + day * DAY_S) * NS for day in (first, last + 1))
        return survey(reader, {"ph-3": PERIOD_S}, from_ns, to_ns).days
    finally:
        reader.close()


@settings(deadline=None, max_examples=25, phases=_PHASES)
@given(st.lists(_RUN, min_size=1, max_size=6), st.integers(0, DAYS), st.integers(0, DAYS))
def test_a_day_has_the_same_account_whoever_asks_for_it(
    runs: list[tuple[float, str, float]], first: int, length: int
) -> None:
    with TemporaryDirectory() as place:
        site = Site(Path(place) / "journal.db", PERIOD_S)
        happen(site, runs)
        whole = asked(site, 0, 30)
        part = asked(site, first, first + length)
        written = {day_named(account.day): dict(account.channels) for account in site.accounts()}
        site.crash()
    assert part == {day: found for day, found in whole.items() if first <= day - DAY <= first + length}
    assert written == {day: whole[day] for day in written}
