"""Real servers for the tests: mosquitto, InfluxDB 1.6, VictoriaMetrics."""
