"""The fault suite: the real agent, real servers, and everything that goes wrong on a mine.

A *scene* (`scenes/`) plays one fault and returns what its history says. `test_*.py` play each scene a few
times; `python -m tests.faults` plays them for long and prints one table. `matrix.toml` names what holds each
fault.
"""
