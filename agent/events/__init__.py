"""How events are put into words and numbers, for everybody who tells of them."""
