"""The plan that a replay asks about: the one in force, with some keys of `[watch]` set otherwise. Pure."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from agent.config.load import ConfigError
from agent.config.position import positions
from agent.config.problem import Problem, Source, located
from agent.config.schema_watch import Watch
from agent.config.wording import validate
from agent.watch.plan import plan_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.config.schema import Config
    from agent.replay.task import Task
    from agent.watch.plan import Plan

OPTION = "--what-if"
_TABLE = "watch"


def configured(task: Task, config: Config | None, words: Sequence[str]) -> Task:
    """A task with the plan and the roles of a configuration, and another plan beside it.

    Raises ConfigError.
    """
    tables = config.watch if config else Watch()
    roles = {sensor.id: sensor.watch for sensor in config.sensor} if config else {}
    task = task._replace(plan=plan_of(tables), roles=roles)
    return task._replace(what_if=what_if(words, tables), wants_rates=True) if words else task


def what_if(words: Sequence[str], tables: Watch) -> Plan:
    """`tables` with keys set as `watch.ph_low=5.5`, checked as in the configuration. Raises ConfigError."""
    text = "\n".join(_line(word) for word in words)
    source = Source(OPTION, text)
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(source, (_no_setting(f"no setting: {error}"),)) from error
    if any(not word.strip() or word.lstrip().startswith("#") for word in words):
        raise ConfigError(source, (_no_setting("no setting: it says nothing"),))
    foreign = [key for key in said if key != _TABLE]
    if foreign:
        message = f"`{foreign[0]}` is no key of [watch]: what else is configured, the detectors never see"
        raise ConfigError(source, (_no_setting(message),))
    document = {_TABLE: _merged(tables.model_dump(exclude_unset=True), said[_TABLE])}
    checked = validate(document)
    # What else a configuration must have is not asked for.
    findings = [each for each in checked if each.path[:1] == (_TABLE,)] if isinstance(checked, list) else []
    if findings:
        index = positions(text)
        raise ConfigError(source, tuple(located(each, index) for each in findings))
    return plan_of(Watch.model_validate(document[_TABLE]))


def _no_setting(message: str) -> Problem:
    return Problem(
        code="SG-C003", message=message, help=f"{OPTION} watch.ph_low=5.5; docs/replay.md has more"
    )


def _line(word: str) -> str:
    """As TOML: what is no TOML by itself is text, whose quotes the shell has eaten."""
    try:
        tomllib.loads(word)
    except tomllib.TOMLDecodeError:
        key, is_setting, value = word.partition("=")
        return f"{key} = '{value.strip()}'" if is_setting and "'" not in value else word
    return word


def _merged(tables: dict[str, Any], said: Any) -> Any:
    """Tables within tables; what is said counts."""
    if not isinstance(said, dict):
        return said
    merged = dict(tables)
    for key, value in said.items():
        before = merged.get(key)
        merged[key] = _merged(before if isinstance(before, dict) else {}, value)
    return merged
