"""A Bosch BMP388 or BMP390 barometer. See README.md beside this."""
