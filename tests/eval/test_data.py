from __future__ import annotations

from pathlib import Path

import pytest

from goeswith.eval.data import VARIABLE, data_folder
from goeswith.eval.errors import EvalError


def test_the_folder_is_found_by_variable_and_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "x.csv").touch()
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert data_folder("set", ("x.csv",), "Ask Ann.") == tmp_path / "set"
    assert data_folder("other", ("x.csv",), "Ask Ann.", tmp_path / "set") == tmp_path / "set"


def test_absent_data_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(EvalError, match=r"x\.csv in .*set\. Ask Ann\. .*GOESWITH_DATA"):
        data_folder("set", ("x.csv",), "Ask Ann.")
    with pytest.raises(EvalError, match="Name the folder"):
        data_folder("set", ("x.csv",), "Ask Ann.", tmp_path)
