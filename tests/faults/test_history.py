"""The checker finds what it is there to find. A checker that cannot fail proves nothing."""

from __future__ import annotations

from tests.faults.history import NOTHING, Fact, History, Identity


def reading(seq: int, value: float = 7.0) -> Fact:
    return Fact(Identity("j", seq), is_alert=False, content=("ph-3/ph", value))


def alert(seq: int) -> Fact:
    return Fact(Identity("j", seq), is_alert=True, content=("station/gap/1", "raised"))


def promised(*facts: Fact) -> History:
    history = History()
    history.promise(facts)
    return history


def test_all_that_was_promised_and_came_is_clean() -> None:
    verdict = promised(reading(1), alert(2)).judge([reading(1), alert(2)])
    assert verdict.is_clean
    assert (verdict.expected, verdict.delivered, verdict.alerts) == (1, 1, 1)


def test_what_did_not_come_is_lost_and_alerts_are_counted_apart() -> None:
    verdict = promised(reading(1), reading(2), alert(3)).judge([reading(1)])
    assert (verdict.lost, verdict.alerts_lost) == (1, 1)
    assert not verdict.is_clean


def test_what_the_station_reports_is_not_silently_lost() -> None:
    verdict = promised(reading(1), reading(2)).judge([reading(1)], reported=[Identity("j", 2)])
    assert (verdict.lost, verdict.reported, verdict.delivered) == (0, 1, 1)


def test_what_comes_again_is_a_duplicate_and_harmless() -> None:
    verdict = promised(reading(1)).judge([reading(1), reading(1), reading(1)])
    assert verdict.duplicated == 2
    assert verdict.is_clean


def test_another_content_under_the_same_identity_is_wrong() -> None:
    assert promised(reading(1)).judge([reading(1, 7.5)]).wrong == 1


def test_an_identity_that_the_journal_itself_used_twice_is_wrong() -> None:
    history = promised(reading(1))
    history.know([reading(1, 3.0)])
    assert history.judge([reading(1)]).wrong == 1


def test_what_nobody_ever_journaled_is_unknown() -> None:
    verdict = promised(reading(1)).judge([reading(1), reading(9)])
    assert verdict.unknown == 1
    assert not verdict.is_clean


def test_what_was_delivered_and_pruned_between_two_looks_is_not_unknown() -> None:
    assert promised(reading(1), reading(9)).judge([reading(1), reading(5), reading(9)]).is_clean


def test_what_was_journaled_after_the_last_look_may_come_and_need_not() -> None:
    history = promised(reading(1))
    history.know([reading(2), reading(3)])
    assert history.judge([reading(1), reading(2)]).is_clean


def test_a_first_arrival_behind_a_later_one_is_out_of_order_but_a_resend_is_not() -> None:
    history = promised(reading(1), reading(2), reading(3))
    assert history.judge([reading(2), reading(1), reading(2), reading(3)]).reordered == 1


def test_where_nothing_is_pruned_whatever_no_look_has_shown_is_unknown() -> None:
    history = History(is_complete=True)
    history.promise([reading(1), reading(9)])
    assert history.judge([reading(1), reading(5), reading(9)]).unknown == 1


def test_what_goes_by_another_name_now_has_to_arrive_under_that() -> None:
    history = promised(reading(1), reading(2))
    history.moved(reading(1).identity, Identity("new", 1))
    verdict = history.judge([reading(1), reading(2)])
    assert (verdict.expected, verdict.lost) == (2, 1)
    assert history.judge([reading(1)._replace(identity=Identity("new", 1)), reading(2)]).is_clean


def test_what_is_altered_on_the_way_to_its_new_name_is_wrong() -> None:
    history = promised(reading(1))
    history.moved(reading(1).identity, Identity("new", 1))
    assert history.judge([reading(1, 3.0)._replace(identity=Identity("new", 1))]).wrong == 1


def test_verdicts_add_up() -> None:
    one = promised(reading(1)).judge([reading(1), reading(1)])
    assert NOTHING + one + one == one + one
    assert (one + one).duplicated == 2
