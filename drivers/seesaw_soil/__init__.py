"""The Adafruit STEMMA soil sensor (seesaw) over I2C. See README.md beside this."""
