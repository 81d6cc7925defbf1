"""Small slices in the formats of the real data, made by hand, and a folder that holds them."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from goeswith.eval.data import VARIABLE
from goeswith.eval.loaders import pcbuild
from goeswith.eval.loaders.multihop import FILES

Rows = Iterable[Sequence[object]]

THINGS = ("kettle", "lantern", "ribbon", "saucer", "trellis", "magnet", "cushion", "whistle")
LOOKS = ("Copper", "Velvet", "Marble", "Bamboo", "Cobalt", "Ochre")

PAIRS = [(LOOKS[n % 6], THINGS[(n + n // 6) % 8].title()) for n in range(10)]


def write_csv(path: Path, head: Sequence[str], rows: Rows, delimiter: str = ",") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with (gzip.open if path.suffix == ".gz" else open)(path, "wt", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(head)
        writer.writerows(rows)


def write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(json.dumps(value).encode()))


@pytest.fixture(scope="session")
def slices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("slices")
    electronics(folder / "electronics")
    bundles(folder / "bundles" / "food")
    builds(folder / "pcbuild")
    gifts(folder / "giftware")
    multihop(folder / "multihop")
    intentions(folder / "intentionqa")
    compat(folder / "compat")
    return folder


@pytest.fixture
def data(slices: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(slices))
    return slices


def electronics(folder: Path) -> None:
    """Sixteen kinds of three; a query finds its own kind."""
    kinds = [f"{look} {thing}" for look in LOOKS[:2] for thing in THINGS]
    products = [
        {
            "id": f"{k}{n}",
            "title": f"{kind} model {k * 7 + n}",
            "supplier": "Acme",
            "price": 10 + n,
            "attr_t_colour": "red",
        }
        for k, kind in enumerate(kinds)
        for n in range(3)
    ]
    products += [
        {"id": f"A{k}", "title": f"Case for AX{100 + k}", "supplier": "Acme", "price": 5}
        for k in range(16)
    ] + [
        {"id": f"D{k}", "title": f"Phone AX{100 + k}", "supplier": "Acme", "price": 50}
        for k in range(16)
    ]
    for number in range(4):
        write_json(folder / f"products_{number + 1}.json.gz", products[number::4])
    rows = [
        (kind, f"{other}{n}", 3 - n if other == k else 0)
        for k, kind in enumerate(kinds)
        for other in (k, (k + 1) % len(kinds))
        for n in range(3)
    ]
    write_csv(folder / "judgments.csv", ("query", "docid", "rating"), rows)
    fits = [
        {"accessory": f"A{k}", "device": f"D{k}", "same_supplier": k % 2 == 0} for k in range(16)
    ]
    (folder / "compat_pairs_derived.json").write_text(json.dumps(fits))


def bundles(folder: Path) -> None:
    """Sixty sessions with a bundle each; the intent names the kind."""
    items = [(f"{t}{n}", f"{LOOKS[n]} {thing}") for t, thing in enumerate(THINGS) for n in range(6)]
    members = [[f"{b % 8}{(b + n) % 6}" for n in range(3)] for b in range(60)]
    tables: dict[str, tuple[Sequence[str], Rows]] = {
        "item_titles": (("item ID", "titles"), items),
        "item_categories": (
            ("item ID", "categories"),
            [(sku, f"[[Home,{title.split()[1].title()}s]]") for sku, title in items],
        ),
        "session_item": (
            ("session ID", "item ID"),
            [(b, sku) for b, skus in enumerate(members) for sku in skus],
        ),
        "session_bundle": (("session ID", "bundle ID"), [(b, b) for b in range(60)]),
        "bundle_item": (
            ("bundle ID", "item ID"),
            [(b, sku) for b, skus in enumerate(members) for sku in skus],
        ),
        "bundle_intent": (
            ("bundle ID", "intent"),
            [(b, f"{THINGS[b % 8]}s {'' if b % 2 else 'for home'}") for b in range(60)],
        ),
    }
    for name, (head, rows) in tables.items():
        write_csv(folder / f"{name}.csv.gz", head, rows)


HEAD = (
    *("Kind", "Link", "Name", "Manufacturer", "Socket", "TDP", "CPU Socket", "Form Factor"),
    *("Memory Type", "Memory Slots", "Type", "ddr_type", "dimm", "Motherboard Compatibility"),
    *("Supported Sockets", "Wattage", "avg", "short_link"),
)


def part(kind: str, name: str, **values: object) -> list[object]:
    slug = name.lower().replace(" ", "-")
    own = {"Kind": kind, "Name": name, "Link": f"/product/x/{slug}", "avg": 9, **values}
    return [own.get(column, "") for column in HEAD]


def builds(folder: Path) -> None:
    """Two sockets with six boards and processors each; every build keeps to one socket."""
    parts: dict[str, list[list[object]]] = {name: [] for name in pcbuild.PARTS}
    for socket in ("AM9", "LGA9"):
        for n in range(6):
            tag = f"{socket} {LOOKS[n]}"
            parts["cpu"].append(part("CPU", f"Core {tag} processor", Socket=socket, TDP="65 Watts"))
            board = {"CPU Socket": socket, "Form Factor": "ATX", "Memory Type": "DDR4-2133 / 2400"}
            parts["motherboard"].append(
                part("Motherboard", f"Board {tag}", **board, **{"Memory Slots": "4 x 288-pin DIMM"})
            )
            parts["cpu_cooler"].append(
                part("CPU Cooler", f"Cooler {tag}", **{"Supported Sockets": f"{socket}, X1"})
            )
    for n, look in enumerate(LOOKS):
        dimm = {"Type": "288-pin DIMM", "ddr_type": "DDR4", "dimm": "288"}
        parts["memory"].append(part("Memory", f"Memory {look} 8GB", **dimm))
        fits = {"Motherboard Compatibility": "ATX, Micro ATX"}
        parts["case"].append(part("Case", f"Tower {look}", **fits))
        parts["psu"].append(part("Power Supply", f"Supply {look} {400 + n}W", Wattage="400 Watts"))
        parts["gpu"].append(part("Video Card", f"Card {look}", TDP="120 Watts"))
    for name in ("fan", "hard_drive", "monitor", "ups"):
        kind = {"fan": "Case Fan", "hard_drive": "Storage", "monitor": "Monitor", "ups": "UPS"}
        parts[name].append(part(kind[name], f"Only {name}"))
    for name, rows in parts.items():
        write_csv(folder / f"{name}.csv.gz", HEAD, rows)
    shown = []
    for number in range(60):
        side, n = number % 2, number % 6
        socket = ("AM9", "LGA9")[side]
        names = [f"core-{socket}-{LOOKS[n]}-processor", f"board-{socket}-{LOOKS[(n + 1) % 6]}"]
        names += [f"cooler-{socket}-{LOOKS[n]}", f"memory-{LOOKS[n]}-8gb", f"tower-{LOOKS[n]}"]
        names += [f"supply-{LOOKS[n]}-{400 + n}w", f"card-{LOOKS[(n + 2) % 6]}"]
        day = date(2015, 1, 5) + timedelta(days=number)
        items = [{"slug": name.lower()} for name in (*names, "not-a-part")]
        shown.append(
            {"id": f"B{number}", "published": f"{day:%b} {day.day}, {day.year}", "items": items}
        )
    write_json(folder / "builds.json.gz", shown)


def gifts(folder: Path) -> None:
    """Sixteen kinds in sets of four; whoever buys one of a set buys others of it."""
    kinds = [f"{thing}{end}".upper() for end in ("", "ette") for thing in THINGS]
    rows = [
        (k * 3 + n, f"C{k}{n}", f"{LOOKS[n].upper()} {kind}", 1.5)
        for k, kind in enumerate(kinds)
        for n in range(3)
    ]
    write_csv(folder / "products.csv", ("idx", "stock_code", "name", "price_gbp"), rows)
    pick = np.random.default_rng(5)
    lines = []
    for number in range(3_000):
        day = date(2011, 1, 3) + timedelta(days=int(pick.integers(0, 280)))
        first = int(pick.integers(4))
        own = first + 4 * pick.permutation(4)[:3]
        held = {*own.tolist(), int(pick.integers(16))}
        items = " ".join(str(k * 3 + int(pick.integers(3))) for k in sorted(held))
        lines.append((number, 1, day.isoformat(), items))
    head = ("invoice", "customer", "date", "items")
    write_csv(folder / "baskets.tsv.gz", head, lines, "\t")


def multihop(folder: Path) -> None:
    """Ten chains of two: a thing is made in a town, the town lies in a land."""
    chains = [(f"{look} {thing}", f"Ville{n}", f"Land{n}") for n, (look, thing) in enumerate(PAIRS)]
    passages = [
        row
        for thing, town, land in chains
        for row in ((thing, f"{thing} is made in {town}."), (town, f"{town} lies in {land}."))
    ]
    corpus = [{"title": title, "text": text} for title, text in passages]
    asked = [f"In which land is {thing} made?" for thing, _, _ in chains]
    musique = [
        {
            "question": text,
            "paragraphs": [{"title": t, "paragraph_text": p} for t, p in passages],
            "question_decomposition": [
                {
                    "question": f"Where is {c[0]} made?",
                    "answer": c[1],
                    "paragraph_support_idx": 2 * n,
                },
                {"question": "Where lies #1 ?", "answer": c[2], "paragraph_support_idx": 2 * n + 1},
            ],
        }
        for n, (text, c) in enumerate(zip(asked, chains, strict=True))
    ]
    hotpot = [
        {"question": text, "supporting_facts": [[c[0], 0], [c[1], 0]]}
        for text, c in zip(asked, chains, strict=True)
    ]
    wiki = [
        {"question": text, "ground_truth": [c[0], c[1]]}
        for text, c in zip(asked, chains, strict=True)
    ]
    titled = {title: [text] for title, text in passages}
    for name, value in zip(FILES, (musique, corpus, hotpot, titled, wiki, corpus), strict=True):
        write_json(folder / name, value)


def intentions(folder: Path) -> None:
    """Pairs of a thing in two looks; the true reason names the thing."""
    rows = []
    for number in range(600):
        thing, other = THINGS[number % 8], THINGS[(number + 3) % 8]
        looks = (LOOKS[number % 6], LOOKS[(number + 1) % 6])
        kind = ("are a type of", "are both used for the", "are related to")[number % 3]
        rows.append(
            {
                "item_a_id": f"A{number}",
                "item_b_id": "B",
                "item_a_name": f"{looks[0]} {thing}",
                "item_b_name": f"{looks[1]} {thing}",
                "gold_ind": "A",
                "options": {
                    "A": f"because they both {kind} {thing}.",
                    "B": f"because they both {kind} {other}.",
                    "C": "because they both are a manner of wallet.",
                },
                "typicality": 0.7,
            }
        )
    folder.mkdir(parents=True)
    (folder / "task1.jsonl.gz").write_bytes(
        gzip.compress(b"".join(json.dumps(row).encode() + b"\n" for row in rows))
    )


def compat(folder: Path) -> None:
    """Two mounts of which one accepts the other, and cameras that take no lens."""
    mounts = ("Alpha", "Beta")
    write_csv(
        folder / "lensfun_cameras.csv",
        ("maker", "model", "mount"),
        [("Acme", f"Body {m} {n}", m) for m in mounts for n in range(4)]
        + [("Acme", "Fixed", "x1")],
    )
    write_csv(
        folder / "lensfun_lenses.csv",
        ("maker", "model", "mount"),
        [("Acme", f"{20 + n}mm {m}", m) for m in mounts for n in range(4)],
    )
    accepts = ("mount", "accepts_mount")
    write_csv(folder / "lensfun_mount_compat.csv", accepts, [("Alpha", "Beta")])
