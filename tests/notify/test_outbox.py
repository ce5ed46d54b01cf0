"""What is told: each incident and change once, its newest state after an outage, nothing lost in a crash."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.clock import NS
from agent.model import Entry, Event, Severity
from agent.notify.incident import Change
from agent.notify.outbox import MOST, Letter, Outbox, Wants
from agent.notify.pace import Pace
from tests.notify.rig import entry, event, instant

WANTS = Wants("duty", Severity.YELLOW, remind_s=4 * 3600)
_WALL_NS = instant().wall_ns


def box_with(*said: Event, wants: Wants = WANTS) -> Outbox:
    """An outbox that has seen these, from seq 1 on."""
    box = Outbox(wants)
    for seq, each in enumerate(said, 1):
        box.take(entry(seq, each))
    return box


def tell(box: Outbox, now_ns: int = 0, *, together: bool = False) -> list[tuple[Change, list[str], Severity]]:
    """Everything that there is to tell, told."""
    found = []
    while (letter := box.next(now_ns, together=together)) is not None:
        names = [each.event.id.split("/")[-1] for each in letter.incidents]
        found.append((letter.change, names, letter.worst))
        box.told(letter, now_ns, _WALL_NS + now_ns)
    return found


def test_an_incident_is_told_raised_worse_and_over_and_nothing_else() -> None:
    box = box_with(event(kind="gap"))
    assert tell(box) == [(Change.RAISED, ["acid"], Severity.YELLOW)]
    box.take(entry(2, event(phase="updated", kind="gap")))
    box.take(entry(3, event(phase="updated", severity=Severity.BLUE, kind="gap")))
    assert tell(box) == []
    box.take(entry(4, event(phase="updated", severity=Severity.RED, kind="gap")))
    assert tell(box) == [(Change.WORSE, ["acid"], Severity.RED)]
    box.take(entry(5, event(phase="cleared", severity=Severity.RED, kind="gap")))
    assert tell(box) == [(Change.CLEARED, ["acid"], Severity.RED)]
    assert (box.mark, box.floor, box.open, box.waiting) == (5, 5, 0, 0)


def test_an_update_of_a_hazard_is_news_at_the_same_level_and_for_who_has_it_in_hand() -> None:
    """Another mechanism, or what had been quiet comes again."""
    box = box_with(event(severity=Severity.RED))
    tell(box)
    box.take(entry(2, event(phase="acknowledged", severity=Severity.RED)))
    assert tell(box, 9 * 3600 * NS) == []
    box.take(entry(3, event(phase="updated", severity=Severity.RED)))
    assert tell(box, 9 * 3600 * NS) == [(Change.UPDATED, ["acid"], Severity.RED)]
    assert [change for change, *_ in tell(box, 13 * 3600 * NS)] == [Change.REMINDER]


def test_what_is_over_is_not_begun_again_by_a_word_that_was_on_its_way() -> None:
    box = box_with(event(), event(phase="cleared"), event(phase="acknowledged"), event(phase="updated"))
    assert tell(box) == [(Change.CLEARED, ["acid"], Severity.YELLOW)]
    box.take(entry(5, event(phase="updated", severity=Severity.RED)))
    box.take(entry(6, event("other", phase="acknowledged")))
    assert (tell(box), box.open) == ([], 0)
    box.take(entry(7, event()))
    assert tell(box) == [(Change.RAISED, ["acid"], Severity.YELLOW)]


def test_that_another_way_to_people_is_shut_is_told_whatever_kinds_are_wanted() -> None:
    wants = WANTS._replace(kinds={"subsidence"})
    shut = event("chat", data={"notifier": "chat"}, kind="notify_unheard")
    assert tell(box_with(event(), shut, wants=wants)) == [(Change.RAISED, ["chat"], Severity.YELLOW)]


def test_after_an_outage_only_the_newest_state_of_each_is_told() -> None:
    box = box_with(
        event(),
        event("other"),
        event(phase="updated", severity=Severity.RED),
        event("other", "cleared"),
        event(phase="updated", severity=Severity.ORANGE),
    )
    assert tell(box) == [
        (Change.RAISED, ["acid"], Severity.RED),
        (Change.CLEARED, ["other"], Severity.YELLOW),
    ]


def test_what_is_below_the_level_or_of_another_kind_concerns_nobody() -> None:
    wants = WANTS._replace(kinds=frozenset({"subsidence"}))
    said = [
        event("a", severity=Severity.RED),
        event("b", severity=Severity.BLUE, kind="subsidence"),
        event("c", phase="cleared", kind="subsidence"),
        event("d", kind="subsidence"),
    ]
    assert tell(box_with(*said, wants=wants)) == [(Change.RAISED, ["d"], Severity.YELLOW)]


def test_an_advisory_that_becomes_an_alarm_is_told_then() -> None:
    box = box_with(event(severity=Severity.BLUE))
    assert tell(box) == []
    box.take(entry(2, event(phase="updated", severity=Severity.ORANGE, after_s=60)))
    letter = box.next(0, together=False)
    assert letter is not None
    assert (letter.change, letter.worst, letter.incidents[0].since.seq) == (Change.RAISED, Severity.ORANGE, 1)


def test_its_own_trouble_is_not_told_to_those_whom_it_cannot_reach() -> None:
    own, foreign = (event(name, data={"notifier": name}, kind="notify_refused") for name in ("duty", "chat"))
    assert tell(box_with(own, foreign)) == [(Change.RAISED, ["chat"], Severity.YELLOW)]


def test_what_is_open_and_in_nobodys_hand_is_told_again_all_at_once() -> None:
    box = box_with(event(), event("slope", severity=Severity.RED), event("seen"))
    tell(box)
    box.take(entry(4, event("seen", "acknowledged")))
    hour_ns = 3600 * NS
    assert tell(box, 4 * hour_ns - 1) == []
    assert box.wait_s(3 * hour_ns) == 3600
    assert tell(box, 4 * hour_ns) == [(Change.REMINDER, ["slope", "acid"], Severity.RED)]
    assert box.reminded_s == _WALL_NS // NS + 4 * 3600
    assert tell(box, 5 * hour_ns) == []
    assert len(tell(box, 8 * hour_ns)) == 1


def test_without_reminders_there_are_none() -> None:
    box = box_with(event(), wants=WANTS._replace(remind_s=0))
    tell(box)
    assert (tell(box, 1000 * 3600 * NS), box.wait_s(0)) == ([], None)


def test_an_acknowledged_incident_that_gets_worse_is_nobodys_again() -> None:
    box = box_with(event(), event(phase="acknowledged"))
    tell(box)
    assert tell(box, 9 * 3600 * NS) == []
    box.take(entry(3, event(phase="updated", severity=Severity.RED)))
    assert [change for change, *_ in tell(box, 9 * 3600 * NS)] == [Change.WORSE]
    assert [change for change, *_ in tell(box, 13 * 3600 * NS)] == [Change.REMINDER]


def test_a_flood_is_told_in_one_letter_the_worst_first() -> None:
    box = box_with(*(event(str(n), severity=Severity(2 + n % 3)) for n in range(6)))
    assert tell(box, together=True) == [(Change.DIGEST, ["2", "5", "1", "4", "0", "3"], Severity.RED)]
    assert box.mark == 6


def test_no_letter_is_too_long_to_be_taken() -> None:
    box = box_with(*(event(str(n)) for n in range(45)))
    assert [len(names) for _, names, _ in tell(box, together=True)] == [20, 20, 5]
    reminders = [names for _, names, _ in tell(box, 4 * 3600 * NS)]
    assert [len(names) for names in reminders] == [20, 20, 20]
    assert len({name for names in reminders for name in names}) == 45


def test_the_gravest_goes_first_and_is_the_last_to_make_room() -> None:
    few = [event("red", severity=Severity.RED), *(event(str(n), severity=Severity.YELLOW) for n in range(3))]
    assert [names for _, names, _ in tell(box_with(*few[1:], few[0]))] == [["red"], ["0"], ["1"], ["2"]]
    many = box_with(few[0], *(event(f"y{n}", kind="gap") for n in range(MOST)))
    told = tell(many, together=True)
    assert told[0][1][0] == "red"
    assert sum(len(names) for _, names, _ in told) == MOST


def test_a_message_that_is_refused_rests_alone_and_is_never_given_up() -> None:
    box = box_with(event("bad"), event("good"))
    now_ns = refuse(box, 0)
    assert tell(box) == [(Change.RAISED, ["good"], Severity.YELLOW)]
    assert (box.mark, box.islands, box.refused, now_ns) == (0, [(2, 2)], 1, 60 * NS)
    assert refuse(box, now_ns) - now_ns == 120 * NS
    now_ns = 10**6 * NS
    for _ in range(8):
        now_ns = refuse(box, now_ns)
    assert refuse(box, now_ns) - now_ns == 3600 * NS
    assert tell(box, 2 * now_ns)[0] == (Change.RAISED, ["bad"], Severity.YELLOW)
    assert (box.mark, box.refused) == (2, 0)


def test_a_reminder_that_is_refused_rests_too() -> None:
    box = box_with(event())
    tell(box)
    due_ns = 4 * 3600 * NS
    assert refuse(box, due_ns) == due_ns + 60 * NS
    assert [change for change, *_ in tell(box, due_ns + 60 * NS)] == [Change.REMINDER]


def refuse(box: Outbox, now_ns: int) -> int:
    """The far side does not want the next message; when there is something again."""
    letter = box.next(now_ns, together=False)
    assert letter is not None
    box.rests(letter, now_ns)
    return max(each.rests_until_ns for each in letter.incidents)


def test_what_was_over_before_there_was_a_notifier_is_not_told() -> None:
    box = Outbox(WANTS)
    for seq, said in enumerate([event("old"), event("old", "cleared"), event("open")], 1):
        box.discover(entry(seq, said))
    assert tell(box) == [(Change.RAISED, ["open"], Severity.YELLOW)]


def test_memory_is_bounded_and_what_was_told_goes_first() -> None:
    box = box_with(event("told"))
    tell(box)
    for n in range(MOST):
        box.take(entry(2 + n, event(str(n))))
    assert box.open == MOST
    assert len(tell(box)) == MOST


def test_an_hour_has_so_many_messages_and_then_digests() -> None:
    pace = Pace(3)
    for minute in range(3):
        assert not pace.is_flood(minute * 60 * NS)
        pace.went(minute * 60 * NS)
    assert pace.is_flood(180 * NS)
    assert pace.wait_s(180 * NS) == 120 + 600 - 180
    pace.went(720 * NS)
    assert pace.is_flood(3600 * NS)
    assert not pace.is_flood(3660 * NS)


class Step(NamedTuple):
    """`do`: an event of the incident `name`, or one letter is told (`lost`: and not noted), or a crash."""

    do: str
    name: str
    severity: Severity


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(
            ["raised", "updated", "acknowledged", "cleared", "tell", "tell", "refused", "lost", "crash"]
        ),
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from([Severity.BLUE, Severity.YELLOW, Severity.RED]),
    ),
    max_size=30,
)


class Life:
    """A journal, a notifier that may crash, and what the person knows."""

    def __init__(self) -> None:
        self.journal: list[Entry] = []
        self.box = Outbox(WANTS)
        self.noted = (0, 0, list[tuple[int, int]]())
        self.lives = dict.fromkeys("abc", 0)  # an id is never used again for another incident
        self.heard: list[tuple[str, Change, Severity, int]] = []
        self.now_ns = 0

    def do(self, step: Step) -> None:
        if step.do in {"tell", "lost"}:
            self.tell_one()
        elif step.do == "refused":
            self.refuse_one()
        elif step.do != "crash":
            name = f"{step.name}{self.lives[step.name]}"
            self.journal.append(entry(len(self.journal) + 1, event(name, step.do, step.severity)))
            self.lives[step.name] += step.do == "cleared"
            self.box.take(self.journal[-1])
        if step.do in {"lost", "crash"}:
            self.restart()
        self.noted = (self.box.mark, self.box.floor, self.box.islands)

    def tell_one(self) -> bool:
        letter: Letter | None = self.box.next(self.now_ns, together=False)
        if letter is None:
            return False
        (incident,) = letter.incidents
        self.heard.append((incident.event.id, letter.change, letter.worst, incident.untold_seq))
        self.box.told(letter, self.now_ns, 0)
        return True

    def refuse_one(self) -> None:
        letter = self.box.next(self.now_ns, together=False)
        if letter is not None:
            self.box.rests(letter, self.now_ns)

    def restart(self) -> None:
        mark, floor, islands = self.noted
        self.box = Outbox(WANTS, seen=floor)
        for each in self.journal[floor:]:
            was_told = each.seq <= mark or any(first <= each.seq <= last for first, last in islands)
            self.box.recall(each, 0) if was_told else self.box.take(each)

    def truth(self) -> dict[str, tuple[bool, Severity]]:
        """By incident that ever concerned the person: whether it is open, and how bad it has been."""
        found: dict[str, tuple[bool, Severity]] = {}
        for each in self.journal:
            said = each.record
            assert isinstance(said, Event)
            is_open, worst = found.get(said.id, (False, Severity.INFO))
            is_concerned = WANTS.concern(said) and said.severity >= WANTS.level
            if not is_open and not is_concerned:
                continue
            worst = max(worst, said.severity) if is_open else said.severity
            found[said.id] = (said.phase != "cleared", worst)
        return found


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_whatever_happens_the_person_ends_up_knowing_how_things_are(steps: list[Step]) -> None:
    life = Life()
    for step in steps:
        life.do(step)
    life.now_ns = 3700 * NS  # nothing rests any more, and no reminder is due
    while life.tell_one():
        pass
    for name, (is_open, worst) in life.truth().items():
        words = [(change, level) for who, change, level, _ in life.heard if who == name]
        assert words, f"nobody was told of {name}"
        change, level = words[-1]
        assert (change is not Change.CLEARED) == is_open
        assert level >= worst


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_without_a_crash_nothing_is_said_twice(steps: list[Step]) -> None:
    life = Life()
    for step in steps:
        if step.do not in {"lost", "crash"}:
            life.do(step)
    assert len(life.heard) == len(set(life.heard))


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_a_crash_between_telling_and_noting_is_one_message_with_the_same_words(steps: list[Step]) -> None:
    """Where nothing else waited."""
    life = Life()
    for step in steps:
        if step.do not in {"lost", "crash", "tell", "refused"}:
            life.do(step)
            while life.box.waiting > 1:
                life.do(Step("tell", "", Severity.INFO))
            told = len(life.heard)
            if life.box.waiting:
                life.do(Step("lost", "", Severity.INFO))
                life.do(Step("tell", "", Severity.INFO))
                assert life.heard[told] == life.heard[told + 1]
