"""The detectors: what the station concludes from its observations. Pure: no clock, no files, no wires."""
