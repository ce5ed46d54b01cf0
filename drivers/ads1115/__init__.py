"""Analog instruments on the inputs of a Texas Instruments ADS1115 converter. See README.md beside this."""
