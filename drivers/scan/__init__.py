"""Who is there? Questions that change nothing, on a wire whose instruments nobody has described yet.

Each search is an iterator that yields after every question, so that a running station can read its own
sensors in between. Nothing here writes a register; what a question might set off in a chip of another kind
at the same address is left unasked, and said.
"""
