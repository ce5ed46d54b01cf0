"""The agent, its network or its database fails, and the database is asked what it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.scenes import database, kill

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.scene import Scene
    from tests.faults.table import Line


def test_kills_at_any_moment_leave_no_hole_in_influxdb(play: Callable[[Scene], Line]) -> None:
    play(kill.INFLUXDB)


def test_kills_at_any_moment_leave_no_hole_in_victoriametrics(play: Callable[[Scene], Line]) -> None:
    play(kill.VICTORIA)


def test_a_bookmark_that_moves_before_the_database_has_stored_is_found_out(
    play: Callable[[Scene], Line],
) -> None:
    verdict = play(kill.INFLUXDB_EARLY).verdict
    assert verdict.lost + verdict.alerts_lost > 0


def test_influxdb_gets_what_was_there_before_it(play: Callable[[Scene], Line]) -> None:
    play(database.ABSENT_INFLUXDB)


def test_victoriametrics_gets_what_was_there_before_it(play: Callable[[Scene], Line]) -> None:
    play(database.ABSENT_VICTORIA)


def test_an_influxdb_that_dies_freezes_refuses_and_is_not_heard_has_everything_once(
    play: Callable[[Scene], Line],
) -> None:
    assert play(database.INFLUXDB).verdict.duplicated == 0


def test_a_victoriametrics_that_stops_freezes_refuses_and_is_not_heard_has_everything(
    play: Callable[[Scene], Line],
) -> None:
    play(database.VICTORIA)


def test_what_victoriametrics_acknowledged_and_lost_is_found_by_the_checker_alone(
    play: Callable[[Scene], Line],
) -> None:
    assert play(database.FORGETFUL).verdict.lost > 0


def test_what_victoriametrics_acknowledged_and_lost_is_there_again_after_a_resend(
    play: Callable[[Scene], Line],
) -> None:
    play(database.ASKED_AGAIN)
