"""The Catnip (Chirp) capacitive soil moisture probe over I2C. See README.md beside this."""
