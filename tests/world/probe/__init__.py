"""A model of instrument that only this world has. Its readings are numbered: each value occurs once, ever."""

from drivers.registry import DriverEntry

MODEL = "world-probe"
ENTRY = DriverEntry(("serial",), "tests.world.probe", "none")
