"""What the journal itself has to tell: its events, their words, and who hears them."""
