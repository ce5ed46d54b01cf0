"""`skyground bench`: put a probe of a simulated site into a buffer, a standard, air, or back to its place."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

_USAGE, _UNAVAILABLE = 2, 69
_EXAMPLES = """\
examples:
  skyground bench --dir DIR                                  what stands in what
  skyground bench --dir DIR ph-7,ph-3 buffer us-7.00 --at 18.5
  skyground bench --dir DIR ph-7 electrode worn              good, worn, or dirty: coated, and slow
  skyground bench --dir DIR turb-4 turbidity 100
  skyground bench --dir DIR soil-2 soil dry                  dry, wet, or in m3/m3
  skyground bench --dir DIR piezo-5 air
  skyground bench --dir DIR ph-7,ph-3 site                   back where they were
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose probe goes into what."""
    from argparse import RawDescriptionHelpFormatter  # noqa: PLC0415  loaded by whoever made the parser

    parser.formatter_class = RawDescriptionHelpFormatter
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "--dir", type=Path, required=True, help="where `skyground simulate` runs, as it was told"
    )
    parser.add_argument("sensors", nargs="?", metavar="SENSOR[,SENSOR]", help="whose probe")
    parser.add_argument("words", nargs="*", metavar="WHERE", help="buffer us-7.00, turbidity 100, air, site")
    parser.add_argument("--at", type=float, metavar="DEGC", help="temperature of what it stands in (20)")


def run(args: argparse.Namespace) -> int:
    """0 done, 2 there is no such sensor or place, 69 no simulated site runs there."""
    from drivers.simulated.bench import BenchError  # noqa: PLC0415  other commands do without
    from drivers.simulated.bench_server import ask  # noqa: PLC0415

    told: dict[str, str] = {}
    try:
        for sensor in args.sensors.split(",") if args.sensors else [""]:
            request = {"sensor": sensor, "words": args.words, "temperature_c": args.at} if sensor else {}
            told |= ask(args.dir, request)
    except BenchError as error:
        return _explain(_USAGE, error, error.hint)
    except OSError as error:
        return _explain(
            _UNAVAILABLE,
            f"no simulated site answers in {args.dir}: {error.strerror or error}",
            f"start one in another terminal: skyground simulate --dir {args.dir}",
        )
    for sensor, place in told.items():
        print(f"{sensor:10} {place}")
    return 0


def _explain(code: int, error: object, remedy: str) -> int:
    print(f"error: {error}\nhelp: {remedy}", file=sys.stderr)
    return code
