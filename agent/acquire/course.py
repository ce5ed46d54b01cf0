"""The course of one channel: each observation judged by what came before it and by what others say. Pure.

The reading alone has been judged already (`quality.reading`). What is added here never makes a flag lighter.
An observation is not touched when a later one speaks against it: that is a `Judgement`, a record of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from agent.acquire.quality import electrode, ions
from agent.acquire.quality.agreement import DISAGREES, Agreement
from agent.acquire.quality.build import HOUR_S, panel
from agent.acquire.quality.contract import Sample
from agent.acquire.quality.standard import CODES
from agent.acquire.quality.syntax import Syntax
from agent.acquire.quality.verdict import NOT_EVALUATED, Verdict, combine
from agent.clock import NS
from agent.model import Flag, Judgement, Trust, Why

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agent.acquire.quality.contract import State, Test
    from agent.model import Observation

    Others = Callable[[str], Observation | None]  # by name: the newest of another channel

# Numbers of which these speak are not the site's: they neither teach a memory nor are they compared.
_NO_WITNESS = Why.MAINTENANCE | Why.WARMING_UP | Why.SYNTAX | Why.OVER_RANGE | Why.LOOP_FAULT
# Nobody is surprised by a value that does not count for one of these.
_ANNOUNCED = Why.MAINTENANCE | Why.WARMING_UP
# What is wrong with an instrument rather than with one value.
_LASTING = Why.FLAT_LINE | Why.ATTENUATED | Why.FOULING
_CLOCK = Verdict(Flag.GOOD, Why.CLOCK)
_EXPIRED = Verdict(Flag.SUSPECT, Why.CALIBRATION_EXPIRED)
_UNFIT = Verdict(Flag.SUSPECT, Why.CALIBRATION_UNFIT)
# What an instrument says of its electrode once an hour or day still holds.
_ELECTRODE_S = 26 * HOUR_S
# Two channels that are compared must be of about one moment.
_TOGETHER_PERIODS = 3.3


class Proof(NamedTuple):
    """What is known of the calibration in force.

    Attributes:
        expires_s: from then on it is past its date, in seconds since 1970 UTC; None: never.
        slope_percent: of the electrode it was made with, against the ideal one.
        offset_mv: of the electrode at pH 7.
        is_unfit: whether its verdict is that no value counts, whatever the clock says.
    """

    expires_s: float | None = None
    slope_percent: float | None = None
    offset_mv: float | None = None
    is_unfit: bool = False


class Course:
    """One channel.

    Args:
        name: `ph-3/ph`.
        asked: the settings of its tests, of `quality.build.settings`.
        period_s: how often it is read.
        span: low and high that the instrument can measure, in the unit of its raw numbers.
        source: name of the channel that it is derived from, "" for one that is read.
        learned: the test that learns, which has neighbours.
    """

    def __init__(
        self,
        name: str,
        asked: Mapping[str, Any],
        period_s: float,
        span: tuple[float, float],
        source: str = "",
        learned: Test | None = None,
    ) -> None:
        self.name = name
        self.settings = {**asked, "period_s": period_s}
        self.proof = Proof()
        self._sensor = name.partition("/")[0]
        self._span = span
        self._source = source
        self._together_s = _TOGETHER_PERIODS * period_s
        self._panel = panel(asked, period_s, learned)
        codes = asked.get("syntax")
        self._syntax = Syntax(codes=CODES if codes is None else codes) if "syntax" in asked else None
        self._standard_codes = codes is None
        self._peers: list[str] = asked.get("agrees", {}).get("channels", [])
        self._agreement = _agreement(asked)
        self._conductivity = asked.get("conductivity", "")
        self._bounds = _bounds(asked)
        self._tolerance: float = asked.get("flat_line", {}).get("tolerance", 0.0)
        self._before: Observation | None = None  # the last one that the panel has seen
        self._calibration = ""

    @property
    def looks_around(self) -> bool:
        """Whether it asks for other channels."""
        return bool(self._peers or self._conductivity or self._bounds or self._source)

    def alone(self, observation: Observation) -> Observation:
        """The observation with what speaks against it, whatever came before and whatever others say."""
        if observation.value is None:
            return observation
        said = []
        if observation.at.trust is Trust.NONE:
            said.append(_CLOCK)
        elif self.proof.expires_s is not None and observation.at.wall_ns >= self.proof.expires_s * NS:
            said.append(_EXPIRED)
        if self.proof.is_unfit:
            said.append(_UNFIT)
        if self._syntax is not None and observation.raw is not None and self._may_be_code(observation.raw):
            said.append(self._syntax.update(Sample(0.0, observation.raw)).now)
        return _added(observation, said)

    def looked(self, observation: Observation, others: Others) -> Observation:
        """What can be said of a look beside the slots, which teaches nothing and is no neighbour to a value.

        Args:
            observation: of this channel, judged `alone`.
            others: as for `judge`.
        """
        if observation.value is None:
            return observation
        said = [*self._compared(observation, observation.value, others)]
        if self._agreement is not None and (values := self._of_peers(observation, others)):
            # For how long they disagree is a matter of slots: the newest of them knows.
            last = self._before
            agrees = self._agreement.agrees(observation.value, values)
            if not agrees and last is not None and Why.DISAGREES in last.why:
                said.append(DISAGREES)
        if observation.flag is not Flag.FAIL and not observation.why & _NO_WITNESS:
            said.append(self._lasting(observation.value))
        return _added(observation, said)

    def judge(
        self, observation: Observation, t_s: float, others: Others
    ) -> tuple[Observation, Judgement | None]:
        """The observation with all that speaks against it, and a later word on the one before.

        Args:
            observation: of this channel, judged `alone`, later than all that were given before.
            t_s: when it was made, on a clock that never steps back, also not over a restart.
            others: the newest observation of any channel, this moment's included.
        """
        if observation.why & Why.MAINTENANCE:
            self._interrupted()
        if observation.value is None:
            # A slot that the wire lost says nothing: time passes, and the next value shows it. An instrument
            # that answers and gives no value does, unless somebody works on it.
            if observation.raw is not None and not observation.why & _ANNOUNCED:
                self._panel.missed(t_s)
            return observation, None
        self._heed_calibration(observation)
        flag, why = observation.flag, observation.why
        if self.looks_around:
            said = [*self._compared(observation, observation.value, others)]
            if self._agreement is not None and not why & _NO_WITNESS:
                values = self._of_peers(observation, others)
                said.append(self._agreement.judge(t_s, observation.value, values))
            flag, why = combine(Verdict(flag, why), *said)
        if flag is Flag.FAIL or (why and why & _NO_WITNESS):
            if not why & _ANNOUNCED:
                self._panel.missed(t_s)
            return _with(observation, flag, why), None
        utc_s = None if observation.at.trust is Trust.NONE else observation.at.wall_ns / NS
        outcome = self._panel.update(Sample(t_s, observation.value, utc_s))
        if outcome.now.why:
            flag, why = combine(Verdict(flag, why), outcome.now)
        judged = _with(observation, flag, why)
        before, self._before = self._before, judged
        return judged, None if before is None else _later(before, outcome.before)

    def clear(self) -> None:
        """Forget what was."""
        self._panel.clear()
        if self._agreement:
            self._agreement.clear()
        self._before, self._calibration = None, ""

    def state(self) -> State:
        """What it remembers, as JSON values. The observation before is not among it: it is of this boot."""
        agreement = self._agreement and self._agreement.state()
        return {"calibration": self._calibration, "panel": self._panel.state(), "agreement": agreement}

    def restore(self, state: State) -> None:
        """Take up the memory of a course with the same settings. Raises ValueError."""
        if not isinstance(state, dict) or state.keys() != {"calibration", "panel", "agreement"}:
            raise ValueError(f"{self.name}: the memory of a channel was expected, not {state!r:.60}")
        self._panel.restore(state["panel"])
        if self._agreement:
            self._agreement.restore(state["agreement"])
        self._calibration = str(state["calibration"])
        self._before = None

    def _heed_calibration(self, observation: Observation) -> None:
        """Values of two calibrations are not compared with each other."""
        if observation.calibration.id != self._calibration:
            if self._calibration:
                self.clear()
            self._calibration = observation.calibration.id

    def _interrupted(self) -> None:
        """Somebody worked on it: the value behind that has no neighbour before it, and what lasts goes on."""
        self._panel.interrupted()
        self._before = None

    def _lasting(self, value: float) -> Verdict:
        """What the newest slot showed of the instrument; that it is stuck only while it says the same."""
        last = self._before
        if last is None:
            return NOT_EVALUATED
        why = last.why & _LASTING
        if last.value is None or abs(value - last.value) > self._tolerance:
            why &= ~Why.FLAT_LINE
        return Verdict(last.flag, why) if why else NOT_EVALUATED

    def _may_be_code(self, raw: float) -> bool:
        """A code that nobody named for this instrument counts only where it could be no measurement."""
        low, high = self._span
        return not (self._standard_codes and low <= raw <= high)

    def _compared(self, observation: Observation, value: float, others: Others) -> Sequence[Verdict]:
        """What other channels say of this moment."""
        said = []
        if self._source and (source := others(self._source)) and source.at == observation.at:
            said.append(Verdict(source.flag, source.why))
        if self._conductivity and not observation.why & _NO_WITNESS:
            conductivity = self._witness(self._conductivity, observation, others)
            if conductivity is not None:
                said.append(ions.judge(value, conductivity))
        if self._bounds is not None:
            said.append(self._electrode(self._bounds, observation, others))
        return said

    def _of_peers(self, observation: Observation, others: Others) -> Sequence[float]:
        """What those say that should say the same."""
        values = (self._witness(name, observation, others) for name in self._peers)
        return [each for each in values if each is not None]

    def _witness(self, name: str, now: Observation, others: Others) -> float | None:
        """The value of another channel of about this moment, unless something is wrong with it."""
        other = others(name)
        if other is None or other.flag is Flag.FAIL or other.why & _NO_WITNESS:
            return None
        return other.value if _apart_s(other, now) <= self._together_s else None

    def _electrode(self, bounds: electrode.Bounds, now: Observation, others: Others) -> Verdict:
        """The instrument's own word on its electrode, or else what the calibration found."""
        slope = self._figure("electrode_slope", now, others)
        offset = self._figure("electrode_offset", now, others)
        return electrode.judge(
            bounds,
            self.proof.slope_percent if slope is None else slope,
            self.proof.offset_mv if offset is None else offset,
        )

    def _figure(self, quantity: str, now: Observation, others: Others) -> float | None:
        other = others(f"{self._sensor}/{quantity}")
        if other is None or other.flag is Flag.FAIL or _apart_s(other, now) > _ELECTRODE_S:
            return None
        return other.value


def _agreement(asked: Mapping[str, Any]) -> Agreement | None:
    table = asked.get("agrees")
    return table and Agreement(within=table["within"], for_s=table.get("for_h", 1.0) * HOUR_S)


def _bounds(asked: Mapping[str, Any]) -> electrode.Bounds | None:
    table = asked.get("electrode")
    if table is None:
        return None
    slope_low, slope_high = table["slope"]
    return electrode.Bounds(slope_low, slope_high, table["offset_mv"])


def _apart_s(one: Observation, other: Observation) -> float:
    return abs(one.at.mono_ns - other.at.mono_ns) / NS


def _added(observation: Observation, said: Sequence[Verdict]) -> Observation:
    if not said:
        return observation
    return _with(observation, *combine(Verdict(observation.flag, observation.why), *said))


def _with(observation: Observation, flag: Flag, why: Why) -> Observation:
    if (flag, why) == (observation.flag, observation.why):
        return observation
    return observation._replace(flag=flag, why=why)


def _later(before: Observation, verdict: Verdict) -> Judgement | None:
    """What speaks against the one before by now; None when nothing does, or it was known."""
    if not verdict.why:
        return None
    flag, why = combine(Verdict(before.flag, before.why), verdict)
    changed = _with(before, flag, why)
    return None if changed is before else Judgement(changed)
