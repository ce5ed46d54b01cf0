"""Fuzzing of everything that reads bytes which somebody else wrote: `scripts/fuzz --list`."""
