"""Calibration as data: a dated record of each one, kept for ever, and a pointer to the one in force."""
