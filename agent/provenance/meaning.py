"""What each reason of a flag means, in words for people; docs/quality.md says what to do about it."""

from __future__ import annotations

from agent.model import Why

MEANING = {
    Why.NO_ANSWER: "the instrument was silent",
    Why.BAD_ANSWER: "it answered, damaged, refused or foreign",
    Why.BUS_DOWN: "the wire or its adapter was gone",
    Why.NOT_ASKED: "it had not answered before, and was asked less often",
    Why.OVER_RANGE: "instrument or converter was saturated: the number is no measurement",
    Why.SENSOR_RANGE: "outside what the instrument can measure",
    Why.SITE_RANGE: "outside what the site's owner expects",
    Why.LOOP_FAULT: "a 4-20 mA loop outside its NE 43 band",
    Why.WARMING_UP: "the instrument said that it was not ready",
    Why.OVERRUN: "its turn passed while the bus was busy",
    Why.MAINTENANCE: "somebody worked on it: what it said is not the site's",
    Why.SYNTAX: "a logger's code for no value that came as a number",
    Why.SPIKE: "away from the values before and after it",
    Why.RATE: "it changed faster than it can",
    Why.FLAT_LINE: "stuck: the same value for too long",
    Why.ATTENUATED: "it varied less than a live instrument does",
    Why.CLIMATOLOGY: "outside what this month and hour are like",
    Why.SHIFT: "its level jumped, and stayed",
    Why.DISAGREES: "another probe or quantity said otherwise",
    Why.ELECTRODE: "slope or offset of the electrode was out of bounds",
    Why.FOULING: "it crept up and never back",
    Why.CALIBRATION_EXPIRED: "its calibration was past its date",
    Why.COMPENSATION: "what corrects it was missing or stale",
    Why.CLOCK: "the clock could not be believed then",
    Why.GAP: "the value before it was too old to compare with",
    Why.CALIBRATION_UNFIT: "its calibration found the instrument unfit, or was not brought to its end",
}


def reasons(why: Why) -> dict[str, str]:
    """By word (`site_range`), what it means; in the order of the bits."""
    return {str(each.name).lower(): MEANING[each] for each in why}
