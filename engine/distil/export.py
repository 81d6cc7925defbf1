"""Writes a distilled graph: JSON, which `StaticGraph` reads, or GraphML for other tools."""

from __future__ import annotations

from pathlib import Path

import msgspec

from goeswith.engine.distil.graph import GraphFile
from goeswith.engine.errors import HomeWriteError, SettingsError


def export_graph(graph: GraphFile, path: Path) -> None:
    """Write a graph in the format that the file's ending names.

    Raises:
        SettingsError: the ending is neither .json nor .graphml.
        HomeWriteError: the file cannot be written.
    """
    if path.suffix not in (".json", ".graphml"):
        raise SettingsError(f"{path} must end in .json or .graphml.")
    raw = msgspec.json.encode(graph) if path.suffix == ".json" else _graphml(graph)
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(raw)
        part.replace(path)
    except OSError as error:
        raise HomeWriteError(f"Cannot write {path}: {error.strerror}.") from error


def _graphml(graph: GraphFile) -> bytes:
    import networkx

    made: networkx.MultiDiGraph[str] = networkx.MultiDiGraph()
    made.add_nodes_from(graph.types)
    for edge in graph.edges:
        made.add_edge(
            edge.source,
            edge.target,
            key=edge.relation.value,
            relation=edge.relation.value,
            strength=edge.strength,
            confidence=edge.confidence,
            why=edge.why,
            evidence=",".join(edge.evidence),
        )
    return "\n".join(networkx.generate_graphml(made)).encode() + b"\n"
