"""A Texas Instruments INA219: voltage and current of the supply. See README.md beside this."""
