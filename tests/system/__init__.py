"""The whole agent as its own process, on simulated wires, against real servers."""
