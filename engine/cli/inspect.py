"""Commands that look inside a home: stats, export and config show."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from goeswith.engine.cli.context import (
    ConfigFlag,
    HomeFlag,
    JsonFlag,
    console,
    fail,
    open_engine,
    settings_of,
)
from goeswith.engine.errors import SettingsError

config = typer.Typer(help="Look at the settings.", no_args_is_help=True)


def stats(home: HomeFlag = None, config: ConfigFlag = None, as_json: JsonFlag = False) -> None:
    """Show what is indexed, what the cache holds, and what it was good for."""
    with open_engine(settings_of(home, config)) as engine:
        manifest = engine.generation.manifest
        told: dict[str, object] = {
            "catalog": {
                "generation": manifest.generation,
                "products": manifest.products,
                "types": manifest.types,
                "brands": len(manifest.brands),
                "embedder": manifest.embedder,
            },
            "behaviour": {"baskets": manifest.baskets, "days": manifest.behaviour_days},
            **engine.stats(),
            "popular": [
                {"question": entry.canonical, "asks": entry.asks} for entry in engine.popular(10)
            ],
        }
    _print(told, as_json=as_json)


def invalidate(
    sku: Annotated[
        list[str] | None, typer.Option("--sku", help="Drop what names this product.")
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option("--type", help="Drop what names this type: its path or its last part."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Drop everything.")] = False,
    home: HomeFlag = None,
    config: ConfigFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Drop stored answers and edges, in every process at once. Asks no language model."""
    if not (sku or kind or everything):
        raise SettingsError("Say what to drop: --sku SKU, --type TYPE, or --all.")
    with open_engine(settings_of(home, config)) as engine:
        gone = engine.invalidate(skus=sku or (), types=kind or (), everything=everything)
    if as_json:
        _print({**gone._asdict()}, as_json=True)
        return
    shared = f", {gone.shared:,} of them also in the shared store" if gone.shared else ""
    console().print(f"Dropped {gone.disk:,} answers{shared} and {gone.edges:,} edges.")


def export(
    question: Annotated[
        str | None, typer.Argument(help="Export one answer. [all stored answers]")
    ] = None,
    form: Annotated[
        str, typer.Option("--format", help="json, graphml, mermaid, jsonld or related-product.")
    ] = "json",
    out: Annotated[Path | None, typer.Option(help="File to write. [standard output]")] = None,
    home: HomeFlag = None,
    config: ConfigFlag = None,
) -> None:
    """Export validated subgraphs for other tools."""
    import msgspec

    from goeswith.engine.answer import Body
    from goeswith.engine.serving.storage import payloads
    from goeswith.engine.views.export import FORMATS
    from goeswith.engine.views.export import export as exported

    if form not in FORMATS:
        raise SettingsError(f"There is no format {form!r}. Choose one of: {', '.join(FORMATS)}.")
    with open_engine(settings_of(home, config)) as engine:
        if question is not None:
            bodies = [engine.ask(question).data()]
        else:
            bodies = [msgspec.json.decode(body, type=Body) for body in payloads(engine.answers)]
    payload = exported(bodies, form) + b"\n"
    if out is None:
        sys.stdout.buffer.write(payload)
        return
    try:
        out.write_bytes(payload)
    except OSError as error:
        fail(f"Cannot write {out}: {error.strerror}. Give another file with --out.", 1)


@config.command()
def show(home: HomeFlag = None, config: ConfigFlag = None, as_json: JsonFlag = False) -> None:
    """Show every setting, its value and where the value comes from."""
    from goeswith.engine.settings import describe

    rows = describe(settings_of(home, config))
    if as_json:
        _print({row.name: {"value": row.value, "source": row.source} for row in rows}, as_json=True)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("setting", "value", "from", "meaning"):
        table.add_column(name)
    for row in rows:
        table.add_row(row.name, str(row.value), row.source, row.doc)
    console().print(table)


def _print(told: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        import msgspec

        sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
        return
    screen = console()
    for part, values in told.items():
        screen.print(part, style="bold")
        if isinstance(values, dict):
            for name, value in values.items():
                screen.print(f"  {name:<16} {_shown(value)}", markup=False)
        elif isinstance(values, list):
            for value in values:
                screen.print(f"  {_shown(value)}", markup=False)


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(
            f"{name} ({_shown(part)})" if isinstance(part, dict) else f"{name} {part}"
            for name, part in value.items()
        )
    return str(value)
