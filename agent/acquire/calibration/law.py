"""From a calibration to the converter that it makes. Pure.

A record may have been typed in, or come from another agent: a law that cannot be worked out is found here,
before the channel depends on it, and never in the middle of a measurement.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from agent.acquire.convert.build import converter
from agent.acquire.convert.contract import Calibrated, ConversionError
from agent.model import Calibration

if TYPE_CHECKING:
    from agent.acquire.calibration.record import CalibrationRecord
    from agent.acquire.convert.contract import Companion, Converter
    from drivers.contract import ChannelSpec

# What Python says of numbers that are none, of lists of the wrong length, and of sums that end nowhere.
_NONSENSE = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError)


def calibrated(
    record: CalibrationRecord, table: Any, spec: ChannelSpec, told: Companion | None = None
) -> Converter:
    """The converter of a channel by this record; `table` is the `convert` table of its configuration.

    A law that lives inside the instrument leaves the configured one as it is, under the record's name.

    Raises ConversionError when there is no such law, or it gives another unit than the record says.
    """
    try:
        if record.law is None:
            found = _named(converter(table, spec, told=told), record.id)
        else:
            found = converter(table, spec, Calibrated(record.id, record.law), told=told)
        for point in record.points:
            found.convert(spec.low if point.raw is None else point.raw)
        found.convert(1.0)
    except ConversionError:
        raise
    except _NONSENSE as error:
        raise ConversionError(f"calibration {record.id}: its law cannot be worked out: {error}") from error
    if found.unit != record.unit:
        raise ConversionError(f"calibration {record.id}: its law gives {found.unit}, not {record.unit}")
    return found


def _named(configured: Converter, name: str) -> Converter:
    found = copy(configured)
    found.calibration = Calibration(name, configured.calibration.body)
    return found
