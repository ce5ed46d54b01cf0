"""Guided calibration in the running station: sessions, what steps have it do, and what sockets ask."""
