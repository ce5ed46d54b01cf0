"""Raw readings to engineering values: pure laws, exact numbers, a calibration id for every sum."""
