"""SDI-12 instruments as their manuals describe them: who they say they are, what they give in which order.

Written from the manuals, on purpose without a look at the profiles by which the agent reads the real ones.
"""

from __future__ import annotations

from drivers.simulated.sdi12_sensor import Measurement, Sdi12Sensor

_SOIL_COUNTS, _SOIL_C, _BULK_EC_US_CM = 2401.3, 18.4, 152.0


def teros_11(address: str) -> Sdi12Sensor:
    """METER TEROS 11: counts and temperature, ready long before its second is over."""
    soil = (f"{_SOIL_COUNTS:+.1f}", f"{_SOIL_C:+.1f}")
    return Sdi12Sensor(address, "13METER   TER11 4020000123", {"": Measurement(lambda: soil, 1, 0.05)})


def teros_12(address: str) -> Sdi12Sensor:
    """METER TEROS 12: the same and bulk conductivity."""
    soil = (f"{_SOIL_COUNTS:+.1f}", f"{_SOIL_C:+.1f}", f"{_BULK_EC_US_CM:+.0f}")
    return Sdi12Sensor(address, "13METER   TER12 4020000456", {"": Measurement(lambda: soil, 1, 0.05)})


def avw200(address: str, takes_s: float = 0.05, wait_s: int = 3) -> Sdi12Sensor:
    """Campbell AVW200: frequency, amplitude, signal to noise, noise, decay and thermistor of a channel."""
    one = ("+2597.88", "+12.345", "+420.5", "+1311.2", "+0.9981", "+3748.2")
    two = ("+3013.64", "+8.901", "+180.4", "+977.3", "+0.9822", "+4714.1")
    both = (one[0], one[5], one[1], two[0], two[5], two[1])
    return Sdi12Sensor(
        address,
        "13CAMPBELLAVW200 1 ",
        {
            "": Measurement(lambda: both, 5, takes_s),
            "1": Measurement(lambda: one, wait_s, takes_s),
            "2": Measurement(lambda: two, wait_s, takes_s),
        },
    )


def vibwire_108(address: str, wait_s: int = 60) -> Sdi12Sensor:
    """Keynes VibWire-108: eight frequencies, then eight thermistors in mV, four to an answer."""
    wires = [f"{2400.5 + 100 * channel:+.1f}" for channel in range(8)]
    thermistors = [f"{1250.5 + 10 * channel:+.1f}" for channel in range(8)]
    scan = Measurement(lambda: [*wires, *thermistors], wait_s, 0.0, most_values=4)
    return Sdi12Sensor(address, "13KEYNESCOVibWire-1080001", {"": scan})


def clarivue_10(address: str, wait_s: int = 11) -> Sdi12Sensor:
    """Campbell ClariVUE10: turbidity, temperature and an error code."""
    water = ("+12.4", "+9.81", "+0")
    return Sdi12Sensor(address, "14CAMPBELLCLV10 001SN=1234", {"": Measurement(lambda: water, wait_s, 0.0)})
