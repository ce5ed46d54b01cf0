"""What a real poller puts on record adds up: every slot that has come is counted once."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.clock import NS
from agent.ledger.account import Account
from agent.ledger.books import Books
from agent.model import Entry, Stamp, TimeSource
from drivers.contract import BadAnswerError, BusError, Later, NoAnswerError
from tests.acquire.rig import START_S, Line, Rig

_LINE = st.one_of(
    st.sampled_from([0.0, 0.01, 0.4, 3.0]),
    st.builds(NoAnswerError, st.just("silent")),
    st.builds(BadAnswerError, st.just("damaged")),
    st.builds(BusError, st.just("unplugged")),
    st.builds(Later, st.sampled_from([0.3, 2.0, 9.0])),
)
_SCRIPTS = st.lists(st.lists(_LINE, max_size=20), min_size=1, max_size=3)
_SLEEPS_S = st.lists(st.sampled_from([0.0, 30.0, 400.0, 20_000.0]), max_size=4)


@settings(deadline=None, max_examples=60)
@given(_SCRIPTS, st.sampled_from([0.5, 2.5, 60.0]), _SLEEPS_S)
def test_every_slot_of_a_poller_is_expected_once(
    scripts: list[list[Line]], period_s: float, sleeps_s: list[float]
) -> None:
    """Whatever happens on the wire and however long the machine sleeps."""
    rig = Rig()
    for number, script in enumerate(scripts):
        rig.add(f"s{number}", period_s, *script)
    for sleep_s in [*sleeps_s, 0.0]:
        rig.run((rig.clock.mono_ns - START_S * NS) / NS + 40)
        rig.clock.advance(sleep_s)
    for _ in range(100):
        if rig.step() > 0:
            break
    account = counted(rig, {f"s{number}": period_s for number in range(len(scripts))})
    elapsed_ns = rig.clock.mono_ns - START_S * NS
    for number in range(len(scripts)):
        slots = elapsed_ns // round(period_s * NS) + 1 - (rig.poller._tasks[number].turn is not None)
        for quantity in ("ph", "temperature"):
            name = f"s{number}/{quantity}"
            tallies = [found[name] for day in account.days() if name in (found := account.tallies(day))]
            assert sum(tally.expected for tally in tallies) == slots


def counted(rig: Rig, periods_s: dict[str, float]) -> Account:
    """The account of all that came out."""
    account = Account(Books(periods_s, None))
    records = (record for batch in rig.batches for record in batch)
    for seq, record in enumerate(records, 1):
        stamp = Stamp(record.at.wall_ns, TimeSource.NTP, 0.0, settled=True)
        account.take(Entry(seq, "boot", record, stamp))
    return account
