"""Hazards laid over real series, things that only look like hazards, and who tells them apart."""
