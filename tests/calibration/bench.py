"""A person with buffers and a probe that stands in them, to walk through procedures without a station."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agent.acquire.calibration.session import Facts, Session, from_json, reopened, step_of
from agent.acquire.calibration.stability import Rest
from agent.acquire.calibration.step import ASKING, LAST, accepted
from agent.acquire.convert.build import converter
from agent.acquire.convert.contract import Calibrated
from agent.model import Input

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agent.acquire.calibration.session import Script, Sum
    from agent.acquire.calibration.step import Step
    from agent.acquire.convert.contract import Converted
    from agent.config.schema_convert import Conversion
    from drivers.contract import ChannelSpec

RECORD_ID = "ph-3_ph_20261122T101500Z_ab12"


def session(facts: Facts, procedure: str) -> Session:
    """One that has just begun."""
    sensor, _, quantity = facts.channel.partition("/")
    return Session(RECORD_ID, sensor, quantity, procedure, "J. Doe", "boot", 1, 2, 2, "1.0", "config", facts)


def summed(config: Conversion | None, spec: ChannelSpec) -> Sum:
    """The sum that a station with this configuration would make."""

    def worked_out(
        law: Mapping[str, Any] | None, raw: float, companions: Mapping[str, float | None]
    ) -> Converted:
        calibrated = None if law is None else Calibrated("x", law)
        inputs = {role: Input(value, 0.0) for role, value in companions.items()}
        return converter(config, spec, calibrated).convert(raw, inputs)

    return worked_out


class Bench:
    """Walks through a procedure; every session goes through its file's text after every step.

    Args:
        script: makes a fresh script.
        answers: what the person says, by the key of the step; a list is said one after the other. Steps
            that are not in it are answered with Enter.
        signal: by the step and the role, what is measured.
        cut: after how many steps the station is killed.
    """

    def __init__(
        self,
        script: Callable[[], Script],
        answers: Mapping[str, Any],
        signal: Callable[[Step, str], Any],
        cut: int | None = None,
    ) -> None:
        self._script = script
        self._answers = {key: list(v) if isinstance(v, list) else v for key, v in answers.items()}
        self._signal = signal
        self._cut = cut
        self.seen: list[Step] = []
        self.saved: list[Mapping[str, Any]] = []
        self.undone: list[str] = []

    def walk(self, begun: Session) -> Step:
        """To its last step."""
        kept = begun
        for place in range(200):
            kept = from_json(json.loads(json.dumps(kept.as_json())))
            step = step_of(kept, self._script())
            if place == self._cut:
                kept = reopened(kept, step)
                step = step_of(kept, self._script())
            self.seen.append(step)
            if step.kind in LAST:
                return step
            kept = kept.answered(step, self._answer(step))
        raise AssertionError("it never ends")

    def went(self) -> list[str]:
        """The steps that were seen."""
        return [step.key for step in self.seen]

    def _answer(self, step: Step) -> Any:
        if step.kind in ASKING:
            said = self._answers.get(step.key, "")
            if isinstance(said, list):
                said = said.pop(0) if len(said) > 1 else said[0]
            return accepted(step, said)
        if step.kind == "measure":
            heard = {want.role: self._signal(step, want.role) for want in step.wants}
            return next(
                (each for each in heard.values() if isinstance(each, dict) and "value" not in each), heard
            )
        if step.kind == "save":
            self.saved.append(step.data)
            return {"id": RECORD_ID}
        self.undone.append(str(step.data["why"]))
        return {"id": step.data["former"]}


def rest(value: float, settled_s: float = 12.0) -> dict[str, float]:
    """A signal that came to rest."""
    return Rest(value, 0.1, 0.2, 46, 57.0, settled_s)._asdict()
