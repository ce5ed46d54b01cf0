"""The whole simulated site: the weather, the ground, the instruments, and the two wires that they hang on."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING

from drivers.simulated.ads1115 import Ads1115
from drivers.simulated.bench import Bench
from drivers.simulated.bench_server import SOCKET_NAME as BENCH_NAME
from drivers.simulated.bench_server import BenchServer
from drivers.simulated.electrode import CONDITIONS, Electrode
from drivers.simulated.ezo_i2c import EzoI2c
from drivers.simulated.ezo_probe import ProbedEzo
from drivers.simulated.i2c_server import I2cServer
from drivers.simulated.instruments import (
    BAROMETER_UNIT,
    CALIBRATED_WITH,
    CONDUCTIVITY_UNIT,
    PH_UNIT,
    PIEZOMETER_UNIT,
    SOIL_TR_UNIT,
    SOIL_UNIT,
    TURBIDITY_UNIT,
    input_v,
    instruments,
)
from drivers.simulated.modbus_slave import Fault, FaultPlan, ModbusSlave
from drivers.simulated.physics import Site
from drivers.simulated.scenario import ALL_UNITS, Kind, scenario_named
from drivers.simulated.weather import HOUR_S
from drivers.simulated.yosemitech_ph import Ph

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from drivers.simulated.i2c_server import Chip
    from drivers.simulated.scenario import Scenario

SERIAL_NAME, I2C_NAME = "rs485-0", "i2c-1.sock"
_BAUD = 9600
_ADC_ADDRESS, _EZO_ADDRESS, _DIGITAL_PH_UNIT = 0x48, 0x63, 7
_EZO_BUSY_S = 0.05
_EZO_PERIOD_S = 5.0  # a reading takes one second, whatever the clock of the site does
# By their names on the bench, which are those in the configuration of the station.
_SENSORS: dict[str, Electrode | None] = {
    "soil-1": None,
    "soil-2": None,
    "soil-tr": None,
    "ph-3": CALIBRATED_WITH,
    "turb-4": None,
    "piezo-5": None,
    "baro-6": None,
    "ec-8": None,
    "level-1": None,
    "battery": None,
    "ph-7": CONDITIONS["good"],
}
_WORKSHOP = {"ph-8": CONDITIONS["good"], "ph-9": Ph.factory}
_OF_UNIT = {
    SOIL_UNIT: "soil-1",
    SOIL_TR_UNIT: "soil-tr",
    PH_UNIT: "ph-3",
    TURBIDITY_UNIT: "turb-4",
    PIEZOMETER_UNIT: "piezo-5",
    BAROMETER_UNIT: "baro-6",
    CONDUCTIVITY_UNIT: "ec-8",
}
_OF_PIN = ("level-1", "battery", "soil-2", "ph-7")
_WIRE_FAULTS = {Kind.DEAD_PROBE: Fault.SILENT, Kind.LINE_NOISE: Fault.BAD_CRC}


class SimulatedSite:
    """Serves one scenario at `directory/rs485-0` and `directory/i2c-1.sock` while used in a `with` block.

    Args:
        directory: exists already; what an earlier site left in it is replaced.
        now: Unix seconds of the site's time; the scenario starts at its first answer.
        seed: the same seed, scenario and times give the same values.
        scenario: a name in `scenario.SCENARIOS`; ValueError for any other.
        paced: take the time that 9600 baud would take.
        workshop: two instruments more, that keep their calibration themselves.

    Attributes:
        slave: the serial line, for `fault` and `clear`.
        adc: the converter, for its knobs.
        bench: what each probe stands in; `directory/bench.sock` leads there.
    """

    def __init__(
        self,
        directory: Path,
        now: Callable[[], float],
        seed: int = 1,
        scenario: str = "demo",
        paced: bool = False,  # noqa: FBT001, FBT002  named at every call
        workshop: bool = False,  # noqa: FBT001, FBT002  named at every call
    ) -> None:
        story = scenario_named(scenario)
        start_s = now()
        site = Site(seed, story, start_s)
        self._line = directory / SERIAL_NAME
        self._socket = directory / I2C_NAME
        self._bench_socket = directory / BENCH_NAME
        self._open = ExitStack()
        self.bench = Bench(lambda: site.at(now()), now, _SENSORS | (_WORKSHOP if workshop else {}), seed)
        self.adc = Ads1115(self._input_v)
        self._chips: dict[int, Chip] = {_ADC_ADDRESS: self.adc}
        units = instruments(
            lambda unit: self.bench.state(_OF_UNIT[unit]), lambda: self.bench.electrode("ph-3")
        )
        if workshop:
            self._chips[_EZO_ADDRESS] = EzoI2c(ProbedEzo("pH", self._ezo_mv), busy_s=_EZO_BUSY_S)
            units[_DIGITAL_PH_UNIT] = Ph(
                lambda: self.bench.state("ph-9"), lambda: self.bench.electrode("ph-9")
            ).instrument()
        self.slave = ModbusSlave(
            units,
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
            for wire in (self._socket, self._bench_socket):
                wire.unlink(missing_ok=True)
            opened.enter_context(I2cServer(self._socket, self._chips))
            opened.enter_context(BenchServer(self._bench_socket, self.bench))
            self._open = opened.pop_all()
        return self

    def _input_v(self, pin: int) -> float:
        return input_v(self.bench.state(_OF_PIN[pin]), pin, self.bench.electrode("ph-7"))

    def _ezo_mv(self) -> float:
        state = self.bench.state("ph-8")
        return self.bench.electrode("ph-8").mv(state.ph, state.water_temp_c)

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
response_timeout_s = {patience_s}

[[sensor]]
id = "piezo-5"
model = "keller-30"
bus = "rs485-0"
unit = 5
period_s = {period_s}
title = "Slope, piezometer (absolute)"
depth_m = 12.0

[sensor.derive.water_level]
kind = "head"
from = "pore_pressure"
tip_elevation_m = 838.0
temperature = "piezo-5/temperature"
barometer = "baro-6/barometric_pressure"
max_age_s = {max_age_s}

[[sensor]]
id = "baro-6"
model = "keller-30-barometer"
bus = "rs485-0"
unit = 6
period_s = {period_s}
title = "Mast, barometer"

[[sensor]]
id = "ec-8"
model = "ysi-odo-ct"
bus = "rs485-0"
unit = 8
period_s = {period_s}
title = "Seep, conductivity and oxygen"

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

_WORKSHOP_STATION = """
[[sensor]]
id = "ph-7"
model = "ads1115"
bus = "i2c-1"
input = "A3"
quantity = "ph"
period_s = {period_s}
title = "Seep, glass electrode behind an amplifier; the thermometer of ph-3 hangs beside it"

[sensor.convert.ph]
kind = "ph_electrode"
center_mv = 1500.0
gain = 3.0
temperature = "ph-3/temperature"
max_age_s = {max_age_s}

[[sensor]]
id = "ph-8"
model = "ezo-ph"
bus = "i2c-1"
temperature = "ph-3/temperature"
max_age_s = {max_age_s}
period_s = {slow_period_s}
title = "Seep, EZO circuit that keeps its calibration"

[[sensor]]
id = "ph-9"
model = "yosemitech-y532"
bus = "rs485-0"
unit = 7
diagnostics = true
period_s = {period_s}
title = "Seep, digital electrode that keeps its calibration"
"""


def station_toml(
    directory: Path,
    publish: str = "",
    period_s: float = 1.0,
    workshop: bool = False,  # noqa: FBT001, FBT002  named at every call
    patience_s: float = 0.5,
) -> str:
    """The configuration of the reference station on the wires of a `SimulatedSite` at `directory`.

    `publish` is TOML of its own, appended as it is: the `[[publish]]` tables. With `workshop`, three pH
    electrodes to calibrate: one that the station has to convert, and two that do it themselves. `patience_s`:
    how long the turbidity probe, which dies in some scenarios, may be silent; of the wire's time, however
    fast the site's passes.
    """
    place = directory.absolute()
    text = (_STATION + (_WORKSHOP_STATION if workshop else "")).format(
        state_dir=_quoted(place / "state"),
        port=_quoted(place / SERIAL_NAME),
        adapter=_quoted(f"unix:{place / I2C_NAME}"),
        period_s=float(period_s),
        slow_period_s=max(float(period_s), _EZO_PERIOD_S),
        patience_s=patience_s,
        max_age_s=max(3600.0, 2.5 * period_s),  # one value of what corrects another may be lost
        heartbeat_s=min(3600.0, max(5.0, period_s)),
    )
    return f"{text}\n{publish}" if publish else text


def _quoted(text: object) -> str:
    """A TOML basic string; JSON's escapes are a subset of TOML's."""
    return json.dumps(str(text), ensure_ascii=False)
