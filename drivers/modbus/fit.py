"""From a profile to one configured instrument: which description, which input, which channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drivers.modbus.profile import Profile, build, load, load_file

if TYPE_CHECKING:
    from drivers.modbus.settings import GenericSettings, ModbusSettings

GENERIC = "generic"  # the model that is described where it is used
_UNTITLED = "instrument as the configuration describes it"
_RESPONSE_TIMEOUT_S = 1.0


def fitted(model: str, settings: ModbusSettings) -> Profile:
    """What the settings make of the profile of `model`; they have been found to fit it."""
    profile = described(settings) if model == GENERIC else load(model)  # type: ignore[arg-type]  # the model says which
    if not settings.diagnostics:
        profile = _without_diagnostics(profile)
    if profile.inputs is not None and settings.input is not None:
        profile = _moved(profile, (settings.input - 1) * profile.inputs.step)
    return profile if settings.quantity is None else _renamed(profile, settings.quantity)


def described(settings: GenericSettings) -> Profile:
    """The profile that stands in the configuration itself, or in the file that it names."""
    if settings.profile is not None:
        return load_file(settings.profile)
    return build(
        {
            "title": _UNTITLED,
            "response_timeout_s": _RESPONSE_TIMEOUT_S,
            "warm_up_s": settings.warm_up_s,
            "read": [_document(table) for table in settings.read],
            "channel": [_document(table) for table in settings.channel],
        }
    )


def _document(table: Any) -> dict[str, Any]:
    """A table as it stands in a file; in the configuration's own types a register is called address."""
    keys = dict(vars(table))
    return {"register": keys.pop("address"), **keys}


def _without_diagnostics(profile: Profile) -> Profile:
    channel = tuple(each for each in profile.channel if not each.diagnostic)
    read = tuple(block for block in profile.read if any(profile.block_of(each) == block for each in channel))
    return profile._replace(channel=channel, read=read)


def _moved(profile: Profile, registers: int) -> Profile:
    return profile._replace(
        read=tuple(block._replace(address=block.address + registers) for block in profile.read),
        channel=tuple(each._replace(address=each.address + registers) for each in profile.channel),
    )


def _renamed(profile: Profile, quantity: str) -> Profile:
    first, *rest = profile.channel
    return profile._replace(channel=(first._replace(spec=first.spec._replace(quantity=quantity)), *rest))
