"""Acid drainage: the probes in the water, and what they say together. Pure."""
