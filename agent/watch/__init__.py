"""What a station concludes from its observations. The detectors are pure; their reader stands in `live`."""
