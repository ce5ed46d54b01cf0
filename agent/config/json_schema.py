"""The configuration's JSON Schema, for editors: `python -m agent.config.json_schema > config.schema.json`.

Draft 7 and simple keywords only: that is what the TOML editors read (Taplo, Even Better TOML).
"""

from __future__ import annotations

import json
import sys
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from agent.config.schema import Config


class _Plain(GenerateJsonSchema):
    """Without the titles that pydantic derives from names: they say nothing that the key does not."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
        return False


def json_schema() -> dict[str, Any]:
    """The schema as a document; `definitions` holds one entry per kind of table."""
    schema = Config.model_json_schema(ref_template="#/definitions/{model}", schema_generator=_Plain)
    schema["definitions"] = schema.pop("$defs")
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        **schema,
        "title": "skyground configuration",
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(json_schema(), indent=2, sort_keys=True) + "\n")
