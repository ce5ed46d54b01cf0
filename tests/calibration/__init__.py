"""Calibration as data."""
