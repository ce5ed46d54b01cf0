"""Acquisition: from scripted and simulated wires to observations."""
