"""Buses and drivers."""
