"""From the wire to flagged observations: one poller per bus, conversion and judgement, the newest values."""
