"""Readers of the journal that carry it to other machines."""
