from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec
import networkx
import pytest

from goeswith.engine.distil.export import export_graph
from goeswith.engine.distil.graph import StaticGraph
from goeswith.engine.distil.session import Limits, Session, open_session
from goeswith.engine.errors import HomeDamagedError, HomeMissingError, SettingsError
from goeswith.engine.model import Relation
from goeswith.engine.settings import Settings

MIRRORLESS = "Cameras > Mirrorless Cameras"


def test_without_a_model_the_graph_holds_baskets_attributes_and_the_pack(
    settings: Settings, tmp_path: Path
) -> None:
    with open_session(msgspec.structs.replace(settings, lm=type(settings.lm)())) as session:
        export_graph(session.graph(None), tmp_path / "graph.json")
    graph = StaticGraph.open(tmp_path / "graph.json")
    found = graph.goes_with(MIRRORLESS)
    assert "Camera Accessories > Memory Cards" in {edge.target for edge in found}
    assert [e.strength for e in found] == sorted((e.strength for e in found), reverse=True)
    assert all(e.why and e.evidence and 0 < e.confidence < 1 for e in graph.file.edges)
    kinds = {kind for edge in graph.file.edges for kind in edge.evidence}
    assert {"behaviour", "curated"} <= kinds
    assert "lm" not in kinds
    assert graph.goes_with("Nothing > Known") == []
    assert all(e.relation is Relation.SUBSTITUTE for e in graph.instead_of(MIRRORLESS))


def test_what_a_model_said_is_in_the_graph_with_its_evidence(
    session: Callable[[], AbstractContextManager[Session]], tmp_path: Path
) -> None:
    with session() as opened:
        assert opened.lm is not None
        opened.job(None).run(opened.asker(opened.lm, Limits()))
        export_graph(opened.graph(None), tmp_path / "graph.json")
        export_graph(opened.graph(None), tmp_path / "graph.graphml")
    graph = StaticGraph.open(tmp_path / "graph.json")
    (edge,) = [e for e in graph.goes_with("Cameras > Compact Cameras") if "lm" in e.evidence]
    assert (edge.relation, edge.target) == ("required_part", "Camera Accessories > Memory Cards")
    read = networkx.read_graphml(tmp_path / "graph.graphml", force_multigraph=True)
    assert read.number_of_edges() == len(graph.file.edges)


def test_a_graph_that_cannot_be_used_is_told(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(HomeMissingError):
        StaticGraph.open(tmp_path / "missing.json")
    (tmp_path / "graph.json").write_text("{}")
    with pytest.raises(HomeDamagedError):
        StaticGraph.open(tmp_path / "graph.json")
    with open_session(settings) as session, pytest.raises(SettingsError):
        export_graph(session.graph(1), tmp_path / "graph.txt")
