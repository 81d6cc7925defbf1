from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from goeswith.engine.errors import SettingsError
from goeswith.engine.model import Relation
from goeswith.engine.pack import load, load_pack
from goeswith.engine.pack.schema import PackFile

_ACTIVITY = """
[[activity]]
id = "stargazing-party"
names = ["stargazing party"]
needs = [
  { id = "scope", phrase = "telescope", anchor = true, reason = "Somebody has to bring one." },
  { id = "lens", phrase = "eyepiece", after = ["scope"], relation = "accessory", \
reason = "It sets the power." },
]
"""


def _write(folder: Path, text: str, name: str = "own.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_a_user_file_adds_to_the_shipped_pack(tmp_path: Path) -> None:
    own = _write(
        tmp_path,
        _ACTIVITY + '[relations]\naccessory = [["telescope", "moon filter", "The moon dazzles."]]',
    )
    shipped, joined = load_pack(), load_pack([own])
    assert joined.activity("stargazing-party") is not None
    assert len(joined.activities) == len(shipped.activities) + 1
    assert "moon filter" in [entry.tail for entry in joined.relations_of("telescopes")]
    assert joined.version != shipped.version


def test_a_folder_is_read_in_order_of_name(tmp_path: Path) -> None:
    _write(tmp_path, _ACTIVITY.replace("stargazing-party", "b-party"), "b.toml")
    _write(tmp_path, _ACTIVITY.replace("stargazing-party", "a-party"), "a.toml")
    pack = load_pack([tmp_path])
    assert [activity.id for activity in pack.activities[-2:]] == ["a-party", "b-party"]


def test_the_version_is_stable_and_depends_on_every_byte(tmp_path: Path) -> None:
    own = _write(tmp_path, _ACTIVITY)
    first = load_pack([own]).version
    assert load_pack([own]).version == first
    own.write_text(_ACTIVITY.replace("the power.", "the power!"))
    assert load_pack([own]).version != first


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("activity = [", ["own.toml", "TOML"]),
        (
            _ACTIVITY.replace('reason = "It sets the power."', 'why = "x"'),
            ["stargazing-party", "why"],
        ),
        (_ACTIVITY.replace(', reason = "It sets the power."', ""), ["stargazing-party", "reason"]),
        (_ACTIVITY.replace('"accessory"', '"goes_with"'), ["stargazing-party", "goes_with"]),
        (
            _ACTIVITY.replace('"accessory"', '"substitute"'),
            ["stargazing-party", "lens", "substitute"],
        ),
        (_ACTIVITY.replace('["scope"]', '["tent"]'), ["stargazing-party", "lens", "tent"]),
        (
            _ACTIVITY.replace("anchor = true", 'after = ["lens"]'),
            ["stargazing-party", "circle", "lens, scope"],
        ),
        (_ACTIVITY.replace('["scope"]', '["lens"]'), ["stargazing-party", "circle"]),
        (_ACTIVITY.replace('id = "lens"', 'id = "scope"'), ["stargazing-party", "same id"]),
        (_ACTIVITY.replace('after = ["scope"], ', ""), ["stargazing-party", "lens", "`after`"]),
        (_ACTIVITY + _ACTIVITY, ["stargazing-party", "twice"]),
        (_ACTIVITY.replace("stargazing-party", "bird-photography"), ["bird-photography", "twice"]),
        (_ACTIVITY.replace("stargazing-party", "Star Gazing"), ["Star Gazing"]),
        (_ACTIVITY.replace("[[activity]]", "[[activities]]"), ["activities"]),
        ('[relations]\nlikes = [["a b", "c d", "They like each other."]]', ["likes"]),
        (
            '[relations]\nsatisfies = [["a b", "c d", "They like each other."]]',
            ["a b", "satisfies"],
        ),
        (
            '[relations]\naccessory = [["lamp", "lamps", "A lamp for the lamp."]]',
            ["lamp", "itself"],
        ),
        ('[relations]\naccessory = [["icing", "frosting", "Two names, one thing."]]', ["itself"]),
        (
            '[relations]\naccessory = [["sneakers", "boots", "Said of neither."], '
            '["trainers", "boots", "Said once more."]]',
            ["trainers", "boots", "twice"],
        ),
        ('[relations]\naccessory = [["lamp", "bulb", ""]]', ["own.toml", "lamp", "bulb"]),
        ('[relations]\naccessory = [["lamp", "bulb"]]', ["own.toml"]),
        (
            '[relations]\naccessory = [["zlamp", "zbulb", "It shines bright."], '
            '["zbulb", "zlamp", "It is lit by it."]]',
            ["zbulb", "zlamp", "other way round"],
        ),
        (
            '[relations]\nsubstitute = [["xa", "xb", "Either one will do."]]\n'
            'often_bought_with = [["xb", "xa", "They are a pair."]]',
            ["xa", "xb"],
        ),
        (
            '[relations]\nsubstitute = [["xa", "xb", "Either one will do."], '
            '["xb", "xa", "Either one will do."]]',
            ["xb", "xa", "twice"],
        ),
        ('[relations]\naccessory = [["x\\u0007a", "xb", "It rings a bell."]]', ["own.toml"]),
        ('[aliases]\n"xa" = ["xb"]\n"xc" = ["xb"]', ["xb", "two things"]),
        ('[[accepts]]\nrule = "no-rule"\nvalues = ["a"]\ntakes = ["b"]', ["no-rule"]),
        (
            '[[accepts]]\nrule = "lens-filter-thread"\nvalues = ["a"]\ntakes = ["b"]',
            ["lens-filter-thread"],
        ),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, text: str, words: list[str]) -> None:
    own = _write(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        load_pack([own])
    for word in [*words, "own.toml"]:
        assert word in str(caught.value)


def test_a_missing_file_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nothing\.toml"):
        load_pack([tmp_path / "nothing.toml"])
    with pytest.raises(SettingsError, match="holds no"):
        load_pack([tmp_path])


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"own\.toml"):
        load_pack([path])


def test_importing_the_pack_stays_light() -> None:
    heavy = ["polars", "faiss", "numba", "bm25s", "scipy", "dspy", "networkx"]
    code = (
        "import sys, goeswith.engine.pack as p; p.load_pack();"
        f"bad = [m for m in {heavy} if m in sys.modules]; assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_relations_are_the_agreed_ones() -> None:
    assert {entry.relation for entry in load_pack().relations} <= set(Relation)


def test_the_example_in_the_documentation_loads(tmp_path: Path) -> None:
    page = Path(__file__).parents[3] / "docs" / "starter-pack.md"
    example = page.read_text().split("```toml\n")[1].split("```")[0]
    pack = load_pack([_write(tmp_path, example)])
    assert pack.activity("stargazing-party") is not None
    assert "eyepiece-barrel" in [rule.id for rule in pack.rules]


def test_a_stale_compiled_pack_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = load_pack().version
    monkeypatch.setattr(load, "digest_of", lambda _: "0" * 16)
    load._shipped.cache_clear()
    parsed: list[int] = []
    check = load.parse_and_check

    def counted(sources: Sequence[tuple[str, bytes]]) -> list[PackFile]:
        parsed.append(len(sources))
        return check(sources)

    monkeypatch.setattr(load, "parse_and_check", counted)
    try:
        pack = load_pack()
    finally:
        monkeypatch.undo()
        load._shipped.cache_clear()
    assert len(parsed) == 1
    assert pack.activities == load_pack().activities
    assert load_pack().version == expected


def test_compiled_and_parsed_packs_are_the_same() -> None:
    sources = list(load.shipped_sources())
    parsed = load._build(sources)
    ready = load_pack()
    assert (parsed.version, parsed.activities, parsed.relations, parsed.rules) == (
        ready.version,
        ready.activities,
        ready.relations,
        ready.rules,
    )
    assert (parsed.accepts, parsed.adapters, parsed.aliases, parsed.generic) == (
        ready.accepts,
        ready.adapters,
        ready.aliases,
        ready.generic,
    )
