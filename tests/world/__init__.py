"""A deterministic world: the whole station in one thread, in simulated time. One seed is one run.

    weather (seed) ─▶ clock, wires, card, far sides, power
                              │
    the station's own rooms ─▶ turns: whoever is due or woken, ties by the seed ─▶ truth ─▶ verdict

Nothing of the station is replaced: its workers are made by its own wiring and stepped one at a time. What
lies outside of it is simulated: time, wires, destinations, the card, and how the power goes.
"""
