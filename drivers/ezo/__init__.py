"""Atlas Scientific EZO circuits: pH, conductivity, ORP, dissolved oxygen, RTD; over UART or I2C."""
