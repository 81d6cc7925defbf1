"""Commands of the service: serve, and the API keys it asks for."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from goeswith.engine.cli.context import ConfigFlag, HomeFlag, JsonFlag, settings_of

keys = typer.Typer(help="Make and remove API keys of the service.", no_args_is_help=True)


def serve(
    home: HomeFlag = None,
    config: ConfigFlag = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on. [127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on. [8080]")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that serve. [1]")] = None,
    insecure: Annotated[
        bool,
        typer.Option("--insecure", help="Let everybody who reaches the address read, keyless."),
    ] = False,
) -> None:
    """Serve questions over HTTP until Ctrl+C or SIGTERM."""
    from goeswith.engine.http.serve import serve as run

    settings = settings_of(
        home,
        config,
        serve__host=host,
        serve__port=port,
        serve__workers=workers,
        serve__access="open" if insecure else None,
    )
    raise typer.Exit(run(settings))


@keys.command()
def add(
    name: Annotated[str, typer.Argument(help="Who will use it.")],
    home: HomeFlag = None,
    config: ConfigFlag = None,
    scope: Annotated[str, typer.Option(help="read, warm or admin.")] = "read",
    as_json: JsonFlag = False,
) -> None:
    """Make an API key and print it. It is shown once; the home keeps its hash."""
    import msgspec

    from goeswith.engine.http.keys import KeyFile, make_key, scope_of

    token, key = make_key(name, scope_of(scope))
    KeyFile(settings_of(home, config).home).add(key)
    if as_json:
        told = {"key": token, "name": key.name, "scope": key.scope, "sha256": key.sha256}
        sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
    else:
        sys.stdout.write(f"{token}\n")
        sys.stderr.write(f"Kept as a hash: {key.name}:{key.scope}:{key.sha256}\n")


@keys.command("list")
def show(home: HomeFlag = None, config: ConfigFlag = None, as_json: JsonFlag = False) -> None:
    """List the API keys of a home by name and scope."""
    import msgspec

    from goeswith.engine.http.keys import KeyFile

    held = KeyFile(settings_of(home, config).home).read()
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(held) + b"\n")
        return
    for key in held:
        sys.stdout.write(f"{key.name}\t{key.scope}\n")


@keys.command()
def remove(
    name: Annotated[str, typer.Argument(help="The key's name.")],
    home: HomeFlag = None,
    config: ConfigFlag = None,
) -> None:
    """Remove an API key. A running service forgets it within a second."""
    from goeswith.engine.http.keys import KeyFile

    KeyFile(settings_of(home, config).home).remove(name)
