"""What a `[[sensor]]` on a Modbus line says beyond what every sensor says."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pydantic reads it at run time
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator

from drivers.modbus.fit import described
from drivers.modbus.profile_schema import BlockTable, ChannelTable, ProfileError, checked, flaws, read_file
from drivers.settings import Settings

if TYPE_CHECKING:
    from drivers.modbus.profile import Profile


class ModbusSettings(Settings):
    """One instrument on an RS-485 line. Everything else about it stands in its profile."""

    unit: int = Field(ge=1, le=247, description="Modbus address of the instrument", examples=[1])
    response_timeout_s: float | None = Field(
        default=None, gt=0, le=60, description="longest wait for an answer; the profile knows a good one"
    )
    input: int | None = Field(
        default=None, ge=1, le=256, description="which gauge of an instrument that reads several"
    )
    quantity: str | None = Field(
        default=None, min_length=1, description="what that gauge measures, where the profile cannot know it"
    )
    samples: int = Field(default=1, ge=1, le=60, description="readings taken; their median counts")
    between_s: float = Field(default=1.0, ge=0.1, le=60.0, description="time between two of these samples")
    wipe: bool = Field(default=False, description="wipe the window before each reading")
    diagnostics: bool = Field(default=False, description="also deliver what the instrument says of itself")

    @model_validator(mode="after")
    def _fits_its_instrument(self) -> Self:
        """Where these keys are part of a whole `[[sensor]]` table, its model is known."""
        model = getattr(self, "model", None)
        if model is None:
            return self
        try:
            profile = self._profile(model)
        except ProfileError as error:
            raise ValueError(str(error)) from error
        problems = self._misfits(profile)
        if problems:
            raise ValueError(f"{model}: {'; '.join(problems)}")
        return self

    def _profile(self, model: str) -> Profile:
        return checked(model)

    def _misfits(self, profile: Profile) -> list[str]:
        several, diagnostic = profile.inputs, any(each.diagnostic for each in profile.channel)
        most = several.most if several else 0
        checks = {
            "it has no wiper that can be told to wipe": self.wipe and profile.wipe is None,
            "it says nothing of itself": self.diagnostics and not diagnostic,
            "it reads one instrument only: leave out input": self.input is not None and not several,
            "its profile says what it measures: leave out quantity": self.quantity and not several,
            f"it reads several gauges: say which one, input = 1 to {most}": bool(several) and not self.input,
            f"it has no input {self.input}, only 1 to {most}": 0 < most < (self.input or 0),
        }
        return [problem for problem, is_there in checks.items() if is_there]


class GenericSettings(ModbusSettings):
    """Any Modbus instrument, described here from its data sheet, or in a profile of one's own."""

    profile: Annotated[Path, Field(strict=False)] | None = Field(
        default=None,
        description="a file as in drivers/modbus/profiles, instead of the tables",
        examples=["/etc/skyground/profiles/probe.toml"],
    )
    warm_up_s: float = Field(
        default=0.0, ge=0.0, le=600.0, description="after power-on, before it can be asked for values"
    )
    read: list[BlockTable] = Field(default=[], description="[[sensor.read]]: registers read together")
    channel: list[ChannelTable] = Field(default=[], description="[[sensor.channel]]: the values in them")

    @model_validator(mode="after")
    def _is_described(self) -> Self:
        try:
            problems = flaws(self._profile("generic"))
        except ProfileError as error:
            raise ValueError(str(error)) from error
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _profile(self, model: str) -> Profile:  # noqa: ARG002 - there is one generic model
        if self.profile is None:
            return described(self)
        if self.read or self.channel or self.warm_up_s:
            raise ProfileError("either name a profile, or describe the instrument here: both is too much")
        return read_file(self.profile)
