"""A Bosch BME280: air pressure, temperature and humidity of the box. See README.md beside this."""
