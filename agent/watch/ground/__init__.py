"""Ground that moves: wells, soil, gauges, and what they say together. Pure."""
