"""The command that makes knowledge ahead of questions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from goeswith.engine.cli.context import ConfigFlag, HomeFlag, JsonFlag, console, settings_of
from goeswith.engine.cli.warm_shown import shown_progress
from goeswith.engine.errors import SettingsError

if TYPE_CHECKING:
    from goeswith.engine.distil.job import Estimate, Result
    from goeswith.engine.distil.rounds import Round


def distil(
    limit: Annotated[
        int | None, typer.Option(min=1, help="Product types at most, the most bought first.")
    ] = None,
    lm_calls: Annotated[int | None, typer.Option(min=0, help="LM calls in all.")] = None,
    lm_tokens: Annotated[int | None, typer.Option(min=0, help="LM tokens in all.")] = None,
    usd: Annotated[float | None, typer.Option(min=0.0, help="Money for LM tokens in all.")] = None,
    max_seconds: Annotated[
        float | None, typer.Option(min=0.0, help="Begin nothing new after this time.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would come to; ask nothing.")
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Forget the checkpoint of an interrupted run.")
    ] = False,
    export: Annotated[
        Path | None, typer.Option(help="Write the static graph to FILE.json or FILE.graphml.")
    ] = None,
    batch_export: Annotated[
        Path | None, typer.Option(help="Write the calls to a provider's batch file; ask nothing.")
    ] = None,
    batch_import: Annotated[
        list[Path] | None, typer.Option(help="Read a provider's replies to such a file.")
    ] = None,
    home: HomeFlag = None,
    config: ConfigFlag = None,
    as_json: JsonFlag = False,
) -> None:
    """Ask a model about the shop's product types ahead of questions, and keep what holds."""
    from goeswith.engine.distil.export import export_graph
    from goeswith.engine.distil.rounds import batch_round
    from goeswith.engine.distil.session import Limits, open_session

    settings = settings_of(home, config)
    limits = Limits(lm_calls, lm_tokens, usd)
    told: dict[str, object] = {}
    if batch_export or batch_import:
        if dry_run:
            raise SettingsError("--dry-run asks nothing and writes nothing: leave the batch out.")
        done = batch_round(
            settings, limits, limit, batch_export, batch_import or [], restart=restart
        )
        told["batch"] = done
        told["result"] = done.result
    with open_session(settings) as session:
        if usd is not None and session.lm is not None and not session.lm.price_known:
            raise SettingsError("--usd needs the price of the LM: set lm.price_in and price_out.")
        if "batch" not in told and session.lm is not None:
            job = session.job(limit)
            if dry_run:
                told["estimate"] = job.estimate(session.lm, restart=restart)
            else:
                with shown_progress() as progress:
                    told["result"] = job.run(
                        session.asker(session.lm, limits),
                        restart=restart,
                        seconds=max_seconds,
                        progress=progress,
                    )
        elif session.lm is None and export is None:
            raise SettingsError(
                "There is no model to ask: set lm.model. Without one, --export FILE writes the "
                "graph of baskets, attributes and curated knowledge."
            )
        if export is not None and not dry_run:
            graph = session.graph(limit)
            export_graph(graph, export)
            told["graph"] = {
                "file": str(export),
                "types": len(graph.types),
                "edges": len(graph.edges),
            }
    _show(told, as_json=as_json)


def _show(told: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        import msgspec

        sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
        return
    from goeswith.engine.distil.job import Estimate, Result
    from goeswith.engine.distil.rounds import Round

    screen = console()
    for what in told.values():
        if isinstance(what, Estimate):
            screen.print(_estimate(what))
        elif isinstance(what, Round):
            screen.print(_round(what))
        elif isinstance(what, Result):
            screen.print(_result(what))
        elif isinstance(what, dict):
            screen.print("{types:,} types and {edges:,} edges in {file}".format(**what))


def _estimate(found: Estimate) -> str:
    cost = f"${found.usd:,.2f}" if found.price_known else "price unknown"
    return (
        f"{found.todo:,} of {found.types:,} types, about {found.pairs:,} pairs: "
        f"{found.calls:,} calls, {found.tokens:,} tokens, {cost}"
    )


def _result(found: Result) -> str:
    lines = [
        f"{found.done:,} types done, {found.left:,} left"
        + (f", {found.resumed:,} done before" if found.resumed else "")
        + (f" (stopped: {found.stopped})" if found.stopped else ""),
        f"{found.claims:,} claims: {found.accepted:,} accepted, "
        f"{sum(found.refused.values()):,} refused; {found.none:,} pairs without a relation",
    ]
    lines += [f"  refused, {reason}: {count:,}" for reason, count in found.refused.items()]
    lines += [f"  calls failed, {reason}: {count:,}" for reason, count in found.failed.items()]
    if found.unmapped:
        lines.append(f"  {found.unmapped:,} phrases mean nothing this shop sells")
    cost = found.cost
    lines.append(f"{cost.calls:,} calls, {cost.tokens:,} tokens, ${cost.usd:,.4f}")
    return "\n".join(lines)


def _round(found: Round) -> str:
    line = f"{found.replies:,} replies read"
    if found.bad:
        line += f", {found.bad:,} lines that are no reply"
    if found.failed:
        line += f", {found.failed:,} requests the provider could not answer"
    if found.file:
        line += f"; {found.requests:,} requests in {found.file}"
    elif found.requests:
        line += f"; {found.requests:,} requests wait: write them with --batch-export"
    return line
