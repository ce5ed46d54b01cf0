"""A history gone through again, at full speed: the station's own quality control and detectors over it."""
