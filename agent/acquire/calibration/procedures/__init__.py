"""Guided procedures as scripts of steps: pure, replayed from their answers after every interruption."""
