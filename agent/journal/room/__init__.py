"""The journal's share of the card: what is kept, what makes room, and what that costs."""
