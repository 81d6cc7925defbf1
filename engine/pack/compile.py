"""Write the shipped pack as JSON beside its TOML files: `python -m goeswith.engine.pack.compile`.

Parsing TOML takes most of the time of loading. The loader uses the JSON only while it was made
from the very bytes of the TOML files, so a stale one costs time, never truth.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from goeswith.engine.pack.load import COMPILED, digest_of, parse_and_check, shipped_sources
from goeswith.engine.pack.schema import Compiled


def compiled_pack() -> bytes:
    """Return the shipped files, checked, as JSON: one line a file.

    Raises:
        SettingsError: a shipped file is wrong.
    """
    sources = list(shipped_sources())
    compiled = Compiled(digest=digest_of(sources), parts=tuple(parse_and_check(sources)))
    parts = b",\n".join(msgspec.json.encode(part) for part in compiled.parts)
    digest = msgspec.json.encode(compiled.digest)
    return b'{"digest":' + digest + b',"parts":[\n' + parts + b"\n]}\n"


if __name__ == "__main__":
    Path(__file__).with_name(COMPILED).write_bytes(compiled_pack())
