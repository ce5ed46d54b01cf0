"""`[sensor.quality.QUANTITY]`: what the tests of a channel ask. A table here replaces the standard one."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from agent.config.schema_base import ChannelName, Range, Strict

Span = Annotated[list[int], Field(min_length=2, max_length=2, description="[first, last]")]


class _Test(Strict):
    """Thresholds that a person orders wrongly would never be reached."""

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        for lighter, heavier, rises in self._pairs():
            low, high = getattr(self, lighter), getattr(self, heavier)
            if high is not None and (high < low if rises else high > low):
                raise ValueError(f"{heavier} = {high:g} would be reached before {lighter} = {low:g}")
        return self

    def _pairs(self) -> tuple[tuple[str, str, bool], ...]:
        """Each threshold for suspect beside that for fail, and whether a larger number is the worse."""
        return (("suspect", "fail", True),)


class SpikeTest(_Test):
    """A value away from the one before and the one after it; known when that comes."""

    suspect: float = Field(gt=0, le=1e9, description="height, in the unit of the quantity", examples=[0.3])
    fail: float | None = Field(default=None, gt=0, le=1e9, description="height")
    method: Literal["differential", "average"] = Field(
        default="differential", description="smaller of the two steps, or distance from the neighbours' mean"
    )


class RateTest(_Test):
    """A value that left the one before it faster than it can."""

    suspect_per_h: float = Field(gt=0, le=1e9, description="change in an hour", examples=[2.0])
    fail_per_h: float | None = Field(default=None, gt=0, le=1e9, description="change in an hour")
    step: float = Field(
        default=0.0, ge=0, le=1e9, description="allowed on top from one value to the next: noise, resolution"
    )

    def _pairs(self) -> tuple[tuple[str, str, bool], ...]:
        return (("suspect_per_h", "fail_per_h", True),)


class FlatLineTest(_Test):
    """The same value for too long."""

    suspect_h: float = Field(gt=0, le=8760, description="hours", examples=[24.0])
    fail_h: float | None = Field(default=None, gt=0, le=8760, description="hours")
    tolerance: float = Field(default=0.0, ge=0, le=1e9, description="highest minus lowest that is the same")
    values: int = Field(default=2, ge=2, le=100_000, description="it takes so many values at least")
    may_stay_at: list[float] = Field(
        default_factory=list, max_length=8, description="ends of its scale, on which it is never stuck"
    )

    def _pairs(self) -> tuple[tuple[str, str, bool], ...]:
        return (("suspect_h", "fail_h", True),)


class AttenuatedTest(_Test):
    """It varies less than a live instrument does."""

    suspect: float = Field(gt=0, le=1e9, description="varying less than this", examples=[0.002])
    fail: float | None = Field(default=None, gt=0, le=1e9, description="varying less than this")
    window_h: float = Field(gt=0, le=8760, description="hours it looks back", examples=[12.0])
    measure: Literal["std", "range"] = Field(
        default="std", description="standard deviation, or highest minus lowest"
    )

    def _pairs(self) -> tuple[tuple[str, str, bool], ...]:
        return (("suspect", "fail", False),)


class SeasonTest(Strict):
    """What is usual in some months, at some hours (UTC). Where several hold, the last one counts."""

    suspect: Range = Field(description="[low, high]; outside is suspect", examples=[[6.0, 8.5]])
    fail: Range | None = Field(default=None, description="[low, high]; outside fails")
    months: Span = Field(default=[1, 12], description="[first, last] of 1 to 12; [11, 2] is winter")
    hours: Span = Field(default=[0, 23], description="[first, last] of 0 to 23, each whole")

    @model_validator(mode="after")
    def _can_hold(self) -> Self:
        for name, limits in (("suspect", self.suspect), ("fail", self.fail)):
            if limits and limits[0] >= limits[1]:
                raise ValueError(f"{name} = [low, high]: {limits[0]:g} is not below {limits[1]:g}")
        for name, span, low, high in (("months", self.months, 1, 12), ("hours", self.hours, 0, 23)):
            if not all(low <= each <= high for each in span):
                raise ValueError(f"{name} = {span}: from {low} to {high}")
        return self


class AgreementTest(Strict):
    """Other probes of the same quantity that should say the same."""

    channels: Annotated[list[ChannelName], Field(min_length=1, max_length=8)] = Field(
        description="SENSOR/QUANTITY of each; name this one there, too", examples=[["ph-4/ph"]]
    )
    within: float = Field(gt=0, le=1e9, description="so far apart they agree", examples=[0.3])
    for_h: float = Field(default=1.0, ge=0, le=8760, description="hours that a disagreement must last")


class ElectrodeTest(Strict):
    """The electrode that a pH comes from, where its instrument or its calibration tells."""

    slope: Range = Field(default=[85.0, 105.0], description="[low, high] in % of the ideal slope")
    offset_mv: float = Field(default=30.0, gt=0, le=1000, description="signal at pH 7, up or down")

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.slope[0] >= self.slope[1]:
            raise ValueError(f"slope = [low, high]: {self.slope[0]:g} is not below {self.slope[1]:g}")
        return self


class FoulingTest(Strict):
    """The lowest values creep up and never back, until somebody wipes the window."""

    rise: float = Field(gt=0, le=1e9, description="in the unit of the quantity", examples=[10.0])
    for_h: float = Field(ge=1, le=8760, description="hours without falling", examples=[48.0])


class Quality(Strict):
    """The tests of one channel. What is not said stays at the standard of its quantity."""

    off: list[Literal["gap", "syntax", "spike", "rate", "flat_line", "electrode", "fouling", "learned"]] = (
        Field(default_factory=list, description="standard tests that are not to run")
    )
    longest_gap_s: float | None = Field(
        default=None, gt=0, le=31_536_000, description="values further apart are not compared; 3.3 periods"
    )
    syntax: list[float] | None = Field(
        default=None, description="numbers that mean no value, as the instrument gives them"
    )
    spike: SpikeTest | None = Field(default=None, description="a value away from both of its neighbours")
    rate: RateTest | None = Field(default=None, description="a change that is too fast")
    flat_line: FlatLineTest | None = Field(default=None, description="the same value for too long")
    attenuated: AttenuatedTest | None = Field(default=None, description="varying too little")
    seasons: list[SeasonTest] | None = Field(default=None, description="tables of what is usual when")
    agrees: AgreementTest | None = Field(
        default=None, description="probes of the same water that should say the same"
    )
    conductivity: ChannelName | None = Field(
        default=None, description="of the same water, for pH: SENSOR/conductivity"
    )
    electrode: ElectrodeTest | None = Field(default=None, description="bounds of the electrode behind a pH")
    fouling: FoulingTest | None = Field(default=None, description="a film that grows on the window")
