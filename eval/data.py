"""Where the data of a suite is. No data is part of the package."""

from __future__ import annotations

import os
from pathlib import Path

from goeswith.eval.errors import EvalError

VARIABLE = "GOESWITH_DATA"
BESIDE = Path("..") / "shared" / "data"
"""Looked for beside the working folder when the variable is not set."""


def data_folder(name: str, files: tuple[str, ...], origin: str, given: Path | None = None) -> Path:
    """Return the folder that holds a data set.

    Args:
        name: of the data set's folder.
        files: that must be in it.
        origin: where to get them, a sentence.
        given: this very folder, as the user named it.

    Raises:
        EvalError: the folder or a file is absent; the message says how to get it.
    """
    folder = given or Path(os.environ.get(VARIABLE) or BESIDE) / name
    absent = [file for file in files if not (folder / file).is_file()]
    if absent:
        raise EvalError(
            f"The data is not there: {', '.join(absent)} in {folder}. {origin} "
            + (
                "Name the folder that holds the files."
                if given
                else f"Put the files into a folder {name!r}, and name its parent in {VARIABLE}."
            )
        )
    return folder
