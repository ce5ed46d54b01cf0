"""The whole simulated site: the weather, the ground, the instruments, and the two wires that they hang on."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING

from drivers.simulated.ads1115 import Ads1115
from drivers.simulated.i2c_server import I2cServer
from drivers.simulated.instruments import input_v, instruments
from drivers.simulated.modbus_slave import Fault, FaultPlan, ModbusSlave
from drivers.simulated.physics import Site
from drivers.simulated.scenario import ALL_UNITS, Kind, scenario_named
from drivers.simulated.weather import HOUR_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from drivers.simulated.scenario import Scenario

SERIAL_NAME, I2C_NAME = "rs485-0", "i2c-1.sock"
_BAUD = 9600
_ADC_ADDRESS = 0x48
_WIRE_FAULTS = {Kind.DEAD_PROBE: Fault.SILENT, Kind.LINE_NOISE: Fault.BAD_CRC}


class SimulatedSite:
    """Serves one scenario at `directory/rs485-0` and `directory/i2c-1.sock` while used in a `with` block.

    Args:
        directory: exists already; what an earlier site left in it is replaced.
        now: Unix seconds of the site's time; the scenario starts at its first answer.
        seed: the same seed, scenario and times give the same values.
        scenario: a name in `scenario.SCENARIOS`; ValueError for any other.
        paced: take the time that 9600 baud would take.

    Attributes:
        slave: the serial line, for `fault` and `clear`.
        adc: the converter, for its knobs.
    """

    def __init__(
        self,
        directory: Path,
        now: Callable[[], float],
        seed: int = 1,
        scenario: str = "demo",
        paced: bool = False,  # noqa: FBT001, FBT002  named at every call
    ) -> None:
        story = scenario_named(scenario)
        start_s = now()
        site = Site(seed, story, start_s)
        self._line = directory / SERIAL_NAME
        self._socket = directory / I2C_NAME
        self._open = ExitStack()
        self.adc = Ads1115(lambda pin: input_v(site.at(now()), pin))
        self.slave = ModbusSlave(
            instruments(lambda: site.at(now())),
            planned=lambda unit: wire_faults(story, unit, (now() - start_s) / HOUR_S),
            baud=_BAUD if paced else None,
            seed=seed,
        )

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            opened.enter_context(self.slave)
            self._line.unlink(missing_ok=True)
            self._line.symlink_to(self.slave.port)
            opened.callback(self._line.unlink, missing_ok=True)
            self._socket.unlink(missing_ok=True)
            opened.enter_context(I2cServer(self._socket, {_ADC_ADDRESS: self.adc}))
            self._open = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()


def wire_faults(scenario: Scenario, unit: int, hour: float) -> list[FaultPlan]:
    """What the scenario does to this unit's answers at this hour."""
    return [
        FaultPlan(_WIRE_FAULTS[each.kind], rate=each.size)
        for each in scenario.episodes
        if each.kind in _WIRE_FAULTS
        and each.unit in (ALL_UNITS, unit)
        and each.start_h <= hour < each.start_h + each.hours
    ]


_STATION = """\
# The reference station on the wires of a simulated site.

[station]
site = "demo-mine"
id = "st-1"
title = "Simulated seep and slope"
state_dir = {state_dir}
heartbeat_s = {heartbeat_s}

[[bus]]
id = "rs485-0"
kind = "serial"
port = {port}
baud = 9600

[[bus]]
id = "i2c-1"
kind = "i2c"
adapter = {adapter}

[[sensor]]
id = "soil-1"
model = "jxbs-3001"
bus = "rs485-0"
unit = 1
period_s = {period_s}
title = "Slope, soil at 10 cm"
depth_m = 0.1

[[sensor]]
id = "ph-3"
model = "sup-ph8001"
bus = "rs485-0"
unit = 3
period_s = {period_s}
title = "Seep, pH"
expect.ph = [6.0, 9.0]

[[sensor]]
id = "turb-4"
model = "daviteq-mbrtu-tbd"
bus = "rs485-0"
unit = 4
period_s = {period_s}
title = "Seep, turbidity"

[[sensor]]
id = "piezo-5"
model = "keller-30"
bus = "rs485-0"
unit = 5
period_s = {period_s}
title = "Slope, piezometer (absolute)"
depth_m = 12.0

[[sensor]]
id = "baro-6"
model = "keller-30-barometer"
bus = "rs485-0"
unit = 6
period_s = {period_s}
title = "Mast, barometer"

[[sensor]]
id = "level-1"
model = "ads1115"
bus = "i2c-1"
input = "A0"
quantity = "water_level"
period_s = {period_s}
title = "Pond, 4-20 mA level over 100 ohm"
convert.water_level = {{ kind = "loop_4_20ma", shunt_ohm = 100.0, at_4ma = 0.0, at_20ma = 10.0 }}

[[sensor]]
id = "battery"
model = "ads1115"
bus = "i2c-1"
input = "A1"
quantity = "supply_voltage"
period_s = {period_s}
title = "Battery behind 47k over 10k"
convert.supply_voltage = {{ kind = "divider", ratio = 0.175439 }}

[[sensor]]
id = "soil-2"
model = "ads1115"
bus = "i2c-1"
input = "A2"
quantity = "soil_moisture"
period_s = {period_s}
title = "Slope, capacitive probe at 40 cm"
depth_m = 0.4
convert.soil_moisture = {{ kind = "linear", points = [[2.80, 0.0], [1.30, 0.40]] }}
"""


def station_toml(directory: Path, publish: str = "", period_s: float = 1.0) -> str:
    """The configuration of the reference station on the wires of a `SimulatedSite` at `directory`.

    `publish` is TOML of its own, appended as it is: the `[[publish]]` tables.
    """
    place = directory.absolute()
    text = _STATION.format(
        state_dir=_quoted(place / "state"),
        port=_quoted(place / SERIAL_NAME),
        adapter=_quoted(f"unix:{place / I2C_NAME}"),
        period_s=float(period_s),
        heartbeat_s=min(3600.0, max(5.0, period_s)),
    )
    return f"{text}\n{publish}" if publish else text


def _quoted(text: object) -> str:
    """A TOML basic string; JSON's escapes are a subset of TOML's."""
    return json.dumps(str(text), ensure_ascii=False)
