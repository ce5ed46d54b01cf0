"""The loop, on a real journal and real servers: nothing told twice, nothing lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from agent.config.schema_notify import WebhookNotifier
from agent.model import Event, Severity
from agent.notify.contract import RefusedError
from agent.notify.notifier import Notifier
from agent.notify.outbox import Wants
from agent.notify.wiring import made, wanted
from tests.journal.conftest import Store
from tests.notify.rig import WHENCE, event
from tests.servers.scripted_http import Reply, ScriptedHttp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from agent.notify.contract import Message, NotToldError

HOUR_S = 3600.0


class Duty:
    """A station's journal, one notifier, and the server that it tells."""

    def __init__(self, folder: Path, **keys: Any) -> None:
        self._folder = folder
        self._keys = keys
        self.server = ScriptedHttp()
        self.store = Store(folder / "journal.db").open()
        self.notifier = self._made()

    def say(self, *events: Event) -> None:
        """The station says it, now, and it is on the disk."""
        now = self.store.clock.now()
        self.store.journal.append([each._replace(at=now) for each in events])
        self.store.step(after_s=1)

    def run(self, after_s: float = 0.0) -> list[tuple[str, str]]:
        """Let the notifier do what it can; (change, incidents' names) of what was told meanwhile."""
        self.store.clock.mono_s += after_s
        before = len(self.server.requests)
        for _ in range(50):
            if self.notifier.step(self.store.clock.now()) > 0:
                break
        self.store.step()
        return [_words(json.loads(each.body)) for each in self.server.requests[before:]]

    def restart(self, *, cleanly: bool = True) -> None:
        """The station ends, after or before the next commit, and starts again."""
        self.notifier.close()
        if cleanly:
            self.store.step(after_s=61)
        self.store.writer.close() if cleanly else self.store.connection.close()
        mono_s = self.store.clock.mono_s
        self.store = Store(self._folder / "journal.db")
        self.store.clock.mono_s = mono_s
        self.store.open()
        self.notifier = self._made()

    def events(self, kind: str) -> list[Event]:
        """What the journal holds of a kind."""
        view = self.store.journal.view()
        found = [each.record for each in view.events_after(0, 500)]
        view.close()
        return [each for each in found if isinstance(each, Event) and each.kind == kind]

    def close(self) -> None:
        self.notifier.close()
        self.store.writer.close()
        self.server.close()

    def _made(self) -> Notifier:
        config = WebhookNotifier(id="duty", kind="webhook", url=self.server.url, timeout_s=1, **self._keys)
        return Notifier(
            wanted(config),
            WHENCE,
            self.store.journal,
            self.store.clock,
            lambda: made(config, WHENCE),
            config.max_per_h,
        )


def _words(told: Mapping[str, Any]) -> tuple[str, str]:
    names = [str(each["id"]).rsplit("/", 1)[-1] for each in told["data"]["incidents"]]
    return told["type"].removeprefix("incident."), " ".join(names)


@pytest.fixture
def duty(tmp_path: Path) -> Iterator[Duty]:
    found = Duty(tmp_path)
    yield found
    found.close()


def test_a_life_of_an_incident_is_told_once_across_restarts(duty: Duty) -> None:
    duty.say(event())
    assert duty.run() == [("raised", "acid")]
    duty.restart()
    assert duty.run() == []
    duty.say(event(phase="updated", severity=Severity.RED))
    assert duty.run() == [("worse", "acid")]
    duty.restart()
    duty.say(event(phase="cleared", severity=Severity.RED))
    assert duty.run() == [("cleared", "acid")]
    duty.restart()
    assert duty.run() == []
    assert duty.notifier.status()["open"] == 0


def test_killed_between_telling_and_noting_it_is_told_once_more_under_the_same_id(duty: Duty) -> None:
    duty.say(event("before"))
    duty.run()
    duty.say(event())
    duty.notifier.step(duty.store.clock.now())
    duty.restart(cleanly=False)
    assert duty.run() == [("raised", "acid")]
    first, again = [json.loads(each.body)["data"]["id"] for each in duty.server.requests[-2:]]
    assert first == again
    assert duty.run() == []


def test_what_was_told_is_noted_at_once(duty: Duty) -> None:
    """A station that crashes again and again tells it once."""
    duty.say(event())
    assert duty.run() == [("raised", "acid")]
    duty.restart(cleanly=False)
    assert duty.run() == []


def test_after_an_outage_each_incident_is_told_once_as_it_is_now(duty: Duty) -> None:
    duty.server._script += [Reply(503)] * 100
    duty.say(event(), event("other"))
    duty.run()
    duty.say(event(phase="updated", severity=Severity.RED), event("other", "cleared"))
    duty.run(after_s=3 * HOUR_S)
    status = duty.notifier.status()
    assert (status["state"], status["waiting"], "503" in str(status["last_error"])) == ("waiting", 2, True)
    duty.restart()
    duty.server._script.clear()
    assert duty.run(after_s=60) == [("raised", "acid"), ("cleared", "other")]
    text = json.loads(duty.server.requests[-2].body)["data"]["text"]
    assert "Late:   this has been waiting for 3 h to be told" in text
    assert duty.notifier.status()["last_error"] == ""
    assert duty.events("notify_refused") == [], "a network that is gone is nobody's fault"


def test_a_new_notifier_tells_what_is_open_and_nothing_that_is_over(tmp_path: Path) -> None:
    duty = Duty(tmp_path)
    duty.say(event("old"), event("open"), event("old", "cleared"))
    assert duty.run() == [("raised", "open")]
    duty.close()


def test_who_could_not_be_reached_for_two_hours_is_told_elsewhere_once(duty: Duty) -> None:
    duty.server._script += [Reply(503)] * 100
    duty.say(event(severity=Severity.RED))
    duty.run()
    duty.run(after_s=1.9 * HOUR_S)
    assert duty.events("notify_unheard") == []
    duty.run(after_s=0.2 * HOUR_S)
    duty.run(after_s=3 * HOUR_S)
    (unheard,) = duty.events("notify_unheard")
    assert (unheard.phase, unheard.severity, unheard.subject) == ("raised", Severity.ORANGE, "duty")
    duty.restart()
    duty.server._script.clear()
    assert duty.run(after_s=60) == [("raised", "acid")]
    assert [each.phase for each in duty.events("notify_unheard")] == ["raised", "cleared"]


def test_a_server_that_asks_for_an_hour_does_not_hold_back_what_is_grave(duty: Duty) -> None:
    hour = Reply(503, headers=(("Retry-After", "3600"),))
    duty.server._script += [hour, hour]
    duty.say(event())
    duty.run()
    assert duty.run(after_s=299) == []
    assert len(duty.run(after_s=61)) == 1
    duty.say(event("slope", severity=Severity.ORANGE))
    assert duty.run(after_s=60) == [("raised", "slope"), ("raised", "acid")]


def test_a_refusal_is_told_elsewhere_and_not_pestered(duty: Duty) -> None:
    duty.server._script += [Reply(401)] * 3
    duty.say(event())
    assert duty.run() == [("raised", "acid")]
    assert duty.run(after_s=59) == []
    (refused,) = duty.events("notify_refused")
    assert (refused.phase, refused.severity, refused.data["notifier"]) == ("raised", Severity.YELLOW, "duty")
    assert "skyground notify test duty" in refused.text
    assert duty.run(after_s=1) == [("raised", "acid")]
    assert duty.run(after_s=119) == []
    assert duty.run(after_s=1) == [("raised", "acid")]
    duty.say(event("unimportant", severity=Severity.INFO))
    assert duty.run(after_s=200) == [], "less and less often"
    duty.say(event("news"))
    assert duty.run() == [("raised", "acid"), ("raised", "news")], "but news are worth another try"
    phases = [each.phase for each in duty.events("notify_refused")]
    assert phases == ["raised", "cleared"]
    assert duty.run(after_s=HOUR_S) == [], "its own trouble is not told this way"


def test_that_a_message_about_another_shut_way_fails_is_told_to_nobody(duty: Duty) -> None:
    """Two that are shut would alarm each other for ever."""
    duty.server._script += [Reply(401), Reply(400)]
    duty.say(event("chat", kind="notify_refused", data={"notifier": "chat"}))
    duty.run()
    duty.run(after_s=60)
    assert [each.subject for each in duty.events("notify_refused")] == ["station"]


def test_a_refusal_of_an_earlier_run_is_ended_by_this_one(duty: Duty) -> None:
    duty.server._script += [Reply(401)]
    duty.say(event())
    duty.run()
    duty.restart()
    assert duty.run() == [("raised", "acid")]
    assert [each.phase for each in duty.events("notify_refused")] == ["raised", "cleared"]


def test_a_message_that_nobody_wants_rests_and_is_told_and_the_others_go(duty: Duty) -> None:
    duty.server._script += [Reply(400), Reply(), Reply(400), Reply(400), Reply(400)]
    duty.say(event("bad", severity=Severity.RED), event("good"))
    assert duty.run() == [("raised", "bad"), ("raised", "good")]
    for pause_s in (60, 120, 240):
        assert duty.run(after_s=pause_s) == [("raised", "bad")]
    (raised,) = duty.events("notify_refused")
    assert (raised.severity, raised.data["about"]) == (Severity.ORANGE, "message")
    duty.restart()
    assert duty.run() == [("raised", "bad")], "and what others have is not told again after a restart"
    assert [each.phase for each in duty.events("notify_refused")] == ["raised", "cleared"]


class Post:
    """Takes messages for everybody but some; nothing is asked of the network."""

    def __init__(self, refused: Mapping[str, NotToldError]) -> None:
        self.refused = dict(refused)
        self.told: list[tuple[str, list[str]]] = []

    def send(self, message: Message, people: Sequence[str]) -> Mapping[str, NotToldError]:
        self.told.append((message.id, [who for who in people if who not in self.refused]))
        return {who: why for who, why in self.refused.items() if who in people}

    def hang_up(self) -> None:
        raise NotImplementedError


def test_one_reader_who_is_refused_rests_alone_and_two_such_ways_do_not_alarm_each_other(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path / "journal.db").open()
    full = RefusedError("552 mailbox full")
    posts = {name: Post({f"full@{name}": full}) for name in ("a", "b")}
    both = [
        Notifier(
            Wants(name),
            WHENCE,
            store.journal,
            store.clock,
            lambda post=post: post,  # type: ignore[misc]
            100,
            [f"good@{name}", f"full@{name}"],
        )
        for name, post in posts.items()
    ]
    for each in both:
        each.step(store.clock.now())
    for name in ("one", "two"):
        store.journal.append([event(name, severity=Severity.RED)._replace(at=store.clock.now())])
        store.step(after_s=1)
    for _ in range(60):
        for each in both:
            while each.step(store.clock.now()) <= 0:
                pass
        store.step(after_s=60)
    view = store.journal.view()
    events = [each.record for each in view.events_after(0, 500) if isinstance(each.record, Event)]
    said = [each for each in events if each.kind == "notify_refused"]
    assert [each.phase for each in said] == ["raised", "raised"]
    assert {each.id.split("/")[3] for each in said} == {"full@a", "full@b"}
    heard = [name for name, people in posts["a"].told if people]
    assert len(heard) == len(set(heard)) == 3, "two incidents and that b is not whole"
    assert both[0].status()["unreached"] == [{"who": "full@a", "why": "552 mailbox full", "hint": ""}]
    posts["a"].refused.clear()
    store.clock.mono_s += HOUR_S
    while both[0].step(store.clock.now()) <= 0:
        pass
    assert [people for _, people in posts["a"].told[-3:]] == [["full@a"]] * 3
    for each in both:
        each.close()
    view.close()
    store.writer.close()


def test_people_are_reminded_until_somebody_acknowledges(duty: Duty) -> None:
    duty.say(event())
    duty.run()
    assert duty.run(after_s=3.9 * HOUR_S) == []
    duty.restart()
    assert duty.run(after_s=0.1 * HOUR_S) == [("reminder", "acid")]
    duty.restart()
    assert duty.run(after_s=3.9 * HOUR_S) == [], "the restart has not forgotten it"
    assert duty.run(after_s=0.1 * HOUR_S) == [("reminder", "acid")]
    duty.say(event(phase="acknowledged"))
    assert duty.run(after_s=9 * HOUR_S) == []
    duty.restart()
    assert duty.run(after_s=9 * HOUR_S) == []


def test_a_flood_comes_in_digests(tmp_path: Path) -> None:
    duty = Duty(tmp_path, max_per_h=2)
    duty.say(*(event(str(n)) for n in range(6)))
    assert duty.run() == [("raised", "0"), ("raised", "1")]
    assert duty.run(after_s=600) == [("digest", "2 3 4 5")]
    duty.say(event("6"))
    assert duty.run() == []
    assert duty.run(after_s=600) == [("raised", "6")]
    duty.close()


def test_an_exercise_is_sent_at_once_and_says_what_became_of_it(duty: Duty) -> None:
    duty.server._script += [Reply(204), Reply(403, b"who are you")]
    good, bad = duty.notifier.ask(), duty.notifier.ask()
    assert good is not None
    assert bad is not None
    assert duty.run() == [("exercise", ""), ("exercise", "")]
    assert (good.is_over, good.error) == (True, None)
    assert bad.error is not None
    assert "403 who are you" in bad.error.what
    assert duty.events("notify_refused") == [], "who asked has the answer"
    assert [duty.notifier.ask() is None for _ in range(5)] == [False] * 4 + [True]


def test_a_secret_that_is_missing_is_told_and_found_when_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOOK_SECRET", raising=False)
    duty = Duty(tmp_path, secret_from="env:HOOK_SECRET")
    duty.say(event())
    assert duty.run() == []
    assert "env:HOOK_SECRET" in str(duty.notifier.status()["last_error"])
    assert len(duty.events("notify_refused")) == 1
    monkeypatch.setenv("HOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert duty.run(after_s=60) == [("raised", "acid")]
    duty.close()


def test_a_journal_that_is_not_open_yet_is_waited_for(tmp_path: Path) -> None:
    store = Store(tmp_path / "journal.db")
    config = WebhookNotifier(id="duty", kind="webhook", url="http://127.0.0.1:9")
    one = Notifier(wanted(config), WHENCE, store.journal, store.clock, lambda: made(config, WHENCE), 20)
    assert one.step(store.clock.now()) == 1.0
    one.close()


def test_what_a_notifier_wants_is_what_the_configuration_says() -> None:
    config = WebhookNotifier(
        id="duty", kind="webhook", url="https://x.y", level="red", kinds=["subsidence"], remind_h=2
    )
    assert wanted(config) == ("duty", Severity.RED, frozenset({"subsidence"}), 7200.0)
