"""The example of the page about telling people is what a person gets, from what the detectors find."""

from __future__ import annotations

from pathlib import Path

from agent.model import Instant, Severity, Trust
from agent.notify.outbox import Outbox, Wants
from agent.notify.texts import Moment, compose
from agent.watch.contract import Role
from agent.watch.names import alarm_id
from agent.watch.telling import event
from agent.watch.vigil import Alarm
from tests.notify.rig import BOOT, WHENCE, entry
from tests.watch.water_site import fallen, risen, ticks, told

PAGE = Path(__file__).parents[2] / "agent" / "notify" / "README.md"


def test_the_example_of_the_page_is_a_real_message() -> None:
    sour = {Role.PH: fallen(2.5, 2.0), Role.EC: risen(0.3, 2.0)}
    found = next(each for each in told(ticks(17, sour)) if each.level is Severity.RED)
    at = Instant(int(found.utc_s * 1e9), 10**12, Trust.NTP)
    box = Outbox(Wants("duty"))
    box.take(entry(1, event(Alarm(alarm_id(found), found.utc_s, found), at)))
    letter = box.next(at.mono_ns, together=False)
    assert letter is not None
    later = at._replace(wall_ns=at.wall_ns + 120 * 10**9, mono_ns=at.mono_ns + 120 * 10**9)
    message = compose(letter, WHENCE, Moment(BOOT, later))
    example = f"```text\n{message.subject}\n\n{message.text}```"
    assert example in PAGE.read_text(encoding="utf-8")
