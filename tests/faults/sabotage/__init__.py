"""Agents with one promise broken, for the negative controls: a checker must find what they lose."""
