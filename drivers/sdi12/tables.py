"""The tables that describe an instrument, in a profile's file and in the configuration alike."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

_MOST_VALUES = 99  # a concurrent measurement announces two digits

Finite = Annotated[float, Field(allow_inf_nan=False)]


class ChannelTable(BaseModel):
    """One value: which of those that the instrument gives, and what it can measure."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, strict=True)

    quantity: str = Field(min_length=1, description="what is measured", examples=["temperature"])
    value: int = Field(ge=1, le=_MOST_VALUES, description="which of its values, counted from 1")
    unit: str = Field(min_length=1, description="the instrument's own", examples=["degC"])
    low: Finite = Field(description="least that the instrument can measure, in `unit`", examples=[-40.0])
    high: Finite = Field(description="most that the instrument can measure, in `unit`", examples=[60.0])
    invalid: list[Finite] = Field(
        default=[], description='numbers that mean "no value"', examples=[[-9999.0]]
    )

    @model_validator(mode="after")
    def _has_a_range(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"low {self.low:g} is not below high {self.high:g}")
        return self


def repeated(names: list[str]) -> list[str]:
    """The names that are there more than once."""
    return [name for name in dict.fromkeys(names) if names.count(name) > 1]
