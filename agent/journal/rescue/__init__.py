"""After an accident: what can be saved of a damaged journal, and what is set aside."""
