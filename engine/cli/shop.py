"""Commands that make a home: demo and index."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from goeswith.engine.cli.context import (
    ConfigFlag,
    HomeFlag,
    JsonFlag,
    console,
    open_engine,
    progress_shown,
    settings_of,
)

if TYPE_CHECKING:
    from goeswith.engine.index.indexing import IndexReport
    from goeswith.engine.settings import Settings

QUESTIONS = (
    "what goes with pancake mix",
    "what do I need for taco night",
    "instead of potato chips",
)


def index(
    catalog: Annotated[
        list[Path] | None, typer.Argument(help="Catalog files: CSV, JSONL, Parquet.")
    ] = None,
    behaviour: Annotated[
        list[Path] | None, typer.Option("--behaviour", help="Basket or event files.")
    ] = None,
    feed: Annotated[
        str | None, typer.Option(help="How to read the catalog: a feed's name or your FILE.toml.")
    ] = None,
    events: Annotated[
        str | None, typer.Option(help="How to read behaviour: a map's name or your FILE.toml.")
    ] = None,
    knowledge: Annotated[
        bool,
        typer.Option(
            "--knowledge", help="Only read the curated knowledge again; needs no catalog."
        ),
    ] = False,
    home: HomeFlag = None,
    config: ConfigFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Index a catalog and, if there is any, what shoppers bought together."""
    if knowledge == bool(catalog):
        raise typer.BadParameter("Give catalog files, or --knowledge alone.")
    if not catalog:
        _read_again(settings_of(home, config), as_json=as_json)
        return
    report = _index(settings_of(home, config), catalog, behaviour or [], feed, events)
    if as_json:
        import msgspec

        sys.stdout.buffer.write(msgspec.json.encode(report.summary()) + b"\n")
    else:
        from goeswith.engine.cli.summary import show_index

        show_index(console(), report)


def demo(home: HomeFlag = None, config: ConfigFlag = None) -> None:
    """Index real grocery data, ask three questions cold, then the same three again."""
    from goeswith.engine.cli.demo import grocery_files
    from goeswith.engine.cli.render import show_answer
    from goeswith.engine.cli.summary import show_index, show_timings

    settings = settings_of(home, config)
    screen = console()
    catalog, baskets = grocery_files()
    if not _is_demo_home(settings):
        screen.print(
            "Indexing the Complete Journey grocery data: 92,331 products, 1,469,307 purchases."
        )
        show_index(screen, _index(settings, [catalog], [baskets], "completejourney", None))
    with open_engine(settings) as engine:
        screen.print("\nThree questions, nothing cached:\n")
        engine.answers.clear()
        engine.warm()
        cold = [engine.ask(question) for question in QUESTIONS]
        for answer in cold:
            show_answer(screen, answer)
    with open_engine(settings) as engine:
        disk = [engine.ask(question) for question in QUESTIONS]
        memory = [engine.ask(question) for question in QUESTIONS]
    screen.print("\nThe same three again, from the cache:\n")
    show_timings(screen, cold, disk, memory)
    screen.print(f"\nAsk your own: goeswith ask 'what goes with charcoal' --home {settings.home}")


def _index(
    settings: Settings,
    catalog: list[Path],
    behaviour: list[Path],
    feed: str | None,
    events: str | None,
) -> IndexReport:
    from goeswith.engine.index.home import Home
    from goeswith.engine.index.indexing import index as build_index
    from goeswith.engine.pack import load_pack
    from goeswith.engine.retrieval import load_embedder

    with progress_shown() as progress:
        return build_index(
            Home(Path(settings.home)),
            catalog,
            behaviour,
            feed=feed,
            field_map=events,
            embedder=load_embedder(settings.retrieval.embedder),
            pack=load_pack(),
            progress=progress,
        )


def _read_again(settings: Settings, *, as_json: bool) -> None:
    import msgspec

    from goeswith.engine.index.home import Home
    from goeswith.engine.index.rereading import read_again
    from goeswith.engine.pack import load_pack
    from goeswith.engine.retrieval import load_embedder

    with progress_shown() as progress:
        done = read_again(
            Home(Path(settings.home)),
            embedder=load_embedder(settings.retrieval.embedder),
            pack=load_pack(),
            progress=progress,
        )
    if as_json:
        told = {
            "generation": done.generation.manifest.generation,
            "grounded_phrases": done.grounded,
        }
        sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
    else:
        console().print(f"Curated knowledge: {done.grounded:,} phrases found in this catalog.")


def _is_demo_home(settings: Settings) -> bool:
    from goeswith.engine.errors import HomeError
    from goeswith.engine.index.home import Home

    try:
        return Home(Path(settings.home)).current().manifest.products > 0
    except HomeError:
        return False
