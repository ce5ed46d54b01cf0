"""A whole site behind real wires: a serial line and an I2C bus, with physics behind them."""
