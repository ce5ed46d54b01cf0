"""A calibration as a technician makes one."""

from __future__ import annotations

from agent.acquire.calibration.record import CalibrationRecord, Found, Point

RECORD = CalibrationRecord(
    id="ph-3_ph_20261122T101500Z_ab12",
    sensor="ph-3",
    quantity="ph",
    at="2026-11-22T10:15:00Z",
    at_trust="ntp",
    by="J. Doe",
    procedure="linear",
    raw_unit="V",
    unit="1",
    model="ads1115",
    law={"kind": "linear", "points": [[1.5, 7.0], [2.0, 4.0]]},
    points=(
        Point("pH 7", 7.0, "1", 1.5, "V", "A123", 21.5, 0.0004, 0.0001, 60, 60.0),
        Point("pH 4", 4.0, "1", 2.0, "V", "B456", 21.4, 0.0005, 0.0002, 60, 60.0),
    ),
    as_found=(Found(7.0, 7.12, 0.12), Found(4.0, 4.31, 0.31)),
    as_left=(Found(7.0, 7.0, 0.0),),
    figures={"slope_percent": 97.8, "zero_mv": -8.0},
    notes="glass cleaned with 0.1 mol/L HCl; Prüfer sagt: gut",
    valid_days=30.0,
    config_law={"kind": "linear", "points": [[1.4, 7.0], [1.9, 4.0]], "unit": None},
)
