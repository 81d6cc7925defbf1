from __future__ import annotations

import json
from pathlib import Path

import pytest

from goeswith.engine.catalog import CatalogReport, Snapshot, feeds, read_catalog
from goeswith.engine.errors import CatalogError
from goeswith.engine.model import Offer, Product

GOOGLE = (
    "id\ttitle\tdescription\tlink\tbrand\tgoogle_product_category\tproduct_type\tprice\t"
    "sale_price\tavailability\titem_group_id\tcolor\tsize\tmaterial\tgtin\tmpn\tproduct_detail\n"
    "TS-1\tT-shirt\tSoft\thttps://x/1\tAcme\tApparel > Shirts\tHome > Women > Tops\t15.00 USD\t"
    "12.50 USD\tin_stock\tTS\tRed/Blue\tM\tcotton/linen\t00012345600012\tM1\t"
    "General:Care:Wash cold, dry flat,Fit:Loose\n"
    "TS-2\tT-shirt\t\t\tAcme\tApparel > Shirts\t\t1.299,00 EUR\t\tpreorder\tTS\t\t\t\t\t\t\n"
)
SHOPIFY = (
    "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,"
    "Option1 Value,Option2 Name,Option2 Value,Variant SKU,Variant Inventory Qty,Variant Price,"
    "Image Src,Status\n"
    'mug,Mug,"<p>Big,\nround</p>",Potter,Home > Mugs,Mugs,"a, b",TRUE,Color,White,Size,L,'
    "MUG-W,3,9.50,http://x/1,active\n"
    "mug,,,,,,,,,Blue,,L,MUG-B,0,9.50,,\n"
    "mug,,,,,,,,,,,,,,,http://x/2,\n"
    "bowl,Bowl,,Potter,,,,TRUE,Title,Default Title,,,,5,4,,active\n"
    "old,Old,,Potter,,,,TRUE,Title,Default Title,,,OLD,5,4,,draft\n"
)
GROCERY = (
    "product_id,manufacturer_id,department,brand,product_category,product_type,package_size\n"
    "1,2,GROCERY,National,BAKING MIXES,FROSTING,16 OZ\n"
    "2,69,GROCERY,Private,SALD DRSNG/SNDWCH SPRD,POURABLE SALAD DRESSINGS,AB    8.50 OZ\n"
    "3,2,MISCELLANEOUS,National,,,\n"
    "4,2,FUEL,National,FUEL,GASOLINE-REG UNLEADED,\n"
    "5,2,MISCELLANEOUS,National,COUPON/MISC ITEMS,JUICE,\n"
    "6,2,GROCERY,National,HISPANIC,MEXICAN SAUCESSALSAPICANTEE,990671  PK\n"
    "7,2,GROCERY,National,BEERS/ALES,BEERALEMALT LIQUORS,12 PK/12 OZ\n"
    "8,2,DRUG GM,National,HOSIERY/SOCKS,,1 CT\n"
)


def read(
    tmp_path: Path, name: str, text: str, feed: str | Path | None = None
) -> tuple[CatalogReport, list[tuple[Product, Offer]], list[str]]:
    (tmp_path / name).write_text(text, encoding="utf-8")
    out = tmp_path / "out"
    report = read_catalog([tmp_path / name], out, feed=feed, generation=1, progress=lambda *_: None)
    snapshot = Snapshot.open(out)
    rows = [(snapshot.product(row), snapshot.offer(row)) for row in range(len(snapshot))]
    return report, rows, list(snapshot.titles())


def test_every_feed_is_listed_with_a_description() -> None:
    assert list(feeds()) == ["plain", "google", "shopify", "completejourney"]
    assert all(feeds().values())


def test_google(tmp_path: Path) -> None:
    report, rows, _ = read(tmp_path, "feed.txt", GOOGLE)
    assert (report.feed, report.detected) == ("google", True)
    assert rows[0] == (
        Product(
            sku="TS-1",
            title="T-shirt",
            brand="Acme",
            product_type=("Home", "Women", "Tops"),
            attributes={
                "care": "Wash cold, dry flat",
                "color": "Red|Blue",
                "fit": "Loose",
                "gtin": "00012345600012",
                "material": "cotton|linen",
                "mpn": "M1",
                "size": "M",
            },
            item_group="TS",
        ),
        Offer(price=12.5, currency="USD", available=True),
    )
    assert rows[1][0].product_type == ("Apparel", "Shirts")
    assert rows[1][1] == Offer(price=1299.0, currency="EUR", available=False)


def test_google_json_with_details_as_objects(tmp_path: Path) -> None:
    detail = {"section_name": "General", "attribute_name": "Care", "attribute_value": "Cold"}
    row = {"g:id": "1", "g:title": "Shirt", "g:product_detail": [detail], "g:gtin": ["1", "2"]}
    report, rows, _ = read(tmp_path, "feed.json", json.dumps([row]))
    assert report.feed == "google"
    assert rows[0][0].attributes == {"care": "Cold", "gtin": "1|2"}


def test_shopify(tmp_path: Path) -> None:
    report, rows, titles = read(tmp_path, "export.csv", SHOPIFY)
    assert (report.feed, report.read, report.kept) == ("shopify", 5, 3)
    assert report.dropped_by == {"image row": 1, "not for sale": 1}
    assert titles == ["Mug, Blue, L", "Mug, White, L", "Bowl"]
    assert rows[0] == (
        Product(
            sku="MUG-B",
            title="Mug, Blue, L",
            brand="Potter",
            product_type=("Mugs",),
            attributes={"color": "Blue", "size": "L", "tags": "a|b"},
            item_group="mug",
        ),
        Offer(price=9.5, available=False),
    )
    assert rows[2][0] == Product(sku="bowl", title="Bowl", brand="Potter", item_group="bowl")
    assert rows[1][1].available is True


def test_grocery_slice(tmp_path: Path) -> None:
    report, rows, titles = read(tmp_path, "products.csv", GROCERY)
    assert (report.feed, report.kept, report.rejected) == ("completejourney", 5, 0)
    assert report.dropped_by == {
        "fuel, coupons and internal departments": 1,
        "no type and no category": 1,
        "not a category of products": 1,
    }
    assert titles == [
        "Frosting, 16 oz (baking mixes)",
        "Pourable salad dressings, 8.5 oz (salad dressing and sandwich spreads), store brand",
        "Mexican sauces, salsa, picante (Hispanic foods)",
        "Beer, ale, malt liquors, 12 pack/12 oz (beers and ales)",
        "Hosiery/socks",
    ]
    assert rows[0][0].product_type == ("Baking mixes", "Frosting")
    assert rows[1][0].brand == "store brand"
    assert rows[0][0].attributes == {"manufacturer": "2", "size": "16 oz"}
    assert rows[4][0].product_type == ("Hosiery/socks",)


def test_an_ambiguous_file_is_plain(tmp_path: Path) -> None:
    report, rows, _ = read(tmp_path, "a.csv", "sku,id,title\n1,2,Cup\n")
    assert (report.feed, report.detected) == ("plain", True)
    assert rows[0][0] == Product(sku="1", title="Cup", attributes={"id": "2"})


OWN = """
description = "mine"
[fields]
sku = "Art. No"
title = ["{Name}[ - {Kind:lower}][ by {Maker}]"]
[type]
levels = ["Group", "Kind"]
separators = ["/", "|"]
[attributes]
columns = { colour = "Col" }
split = { colour = ";" }
prefixes = ["p:"]
[[rewrite]]
column = "Name"
pattern = '\\s*\\(old\\)'
[expand]
columns = ["Kind"]
replace = [['\\d+', '']]
words = { FRZN = "frozen", "ICE CRM" = "ice cream" }
values = { XX = "Mystery" }
[[drop]]
reason = "test rows"
column = "Group"
values = ["TEST"]
"""


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text(OWN)
    text = (
        "Art. No,Name,Kind,Maker,Group,Col,p:Weight,Other\n"
        "1,Polar (old),FRZN 12 ICE CRM,Polar,Food/Cold|Ice,red; blue;,3 kg,x\n"
        "2,Box,XX,,Food,,,\n"
        "3,Box,XX,,test,,,\n"
    )
    report, rows, titles = read(tmp_path, "a.csv", text, tmp_path / "my.toml")
    assert (report.feed, report.detected) == (str(tmp_path / "my.toml"), False)
    assert report.dropped_by == {"test rows": 1}
    assert titles == ["Polar - frozen ice cream", "Box - mystery"]
    assert rows[0][0].product_type == ("Food", "Cold", "Ice", "Frozen ice cream")
    assert rows[0][0].attributes == {"colour": "red|blue", "weight": "3 kg"}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("colour = 1", ["'colour'", "description, fields"]),
        ('description=""\n[fields]\nsku="a"\ntitle="b"\nname="c"', ["'name'", "[fields]", "brand"]),
        (
            'description=""\nfields={sku="a",title="b"}\n[[drop]]\nreason="x"\nif="y"',
            ["'if'", "[drop]", "column, values, empty"],
        ),
        ('description=""\nfields={sku="a"}', ["title"]),
        ('description=""\nfields={sku=1,title="b"}', ["sku"]),
        ("not toml", ["is not TOML"]),
        (
            'description=""\nfields={sku="a",title="b"}\nexpand={replace=[["(", ""]]}',
            ["bad pattern '('"],
        ),
        (
            'description=""\nfields={sku="a",title="b"}\nexpand={replace=[["a", "\\\\2"]]}',
            ["bad pattern 'a'"],
        ),
    ],
)
def test_a_bad_field_map_is_refused(tmp_path: Path, text: str, parts: list[str]) -> None:
    (tmp_path / "my.toml").write_text(text)
    with pytest.raises(CatalogError) as error:
        read(tmp_path, "a.csv", "a,b\n1,2\n", tmp_path / "my.toml")
    for part in ["my.toml", *parts]:
        assert part in str(error.value)


def test_an_unknown_feed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"no feed 'gogle'.*plain, google, shopify"):
        read(tmp_path, "a.csv", GOOGLE, "gogle")
    with pytest.raises(CatalogError, match="Cannot read the field map"):
        read(tmp_path, "b.csv", GOOGLE, tmp_path / "none.toml")
