from __future__ import annotations

from pathlib import Path

from goeswith.eval.loaders.lensfun import load_lensfun

CAMERAS = "maker,model,mount\nCanon,EOS R,Canon RF\nCanon,EOS 5D,Canon EF\nCanon,Ixus,canonIxus\n"
LENSES = "maker,model,mount\nTokina,12mm,Canon EF\nTokina,12mm,Nikon F\nCanon,RF 35,Canon RF\n"
ACCEPTS = "mount,accepts_mount\nCanon RF,Canon EF\n"


def test_mounts_and_what_they_accept(tmp_path: Path) -> None:
    for name, text in (("cameras", CAMERAS), ("lenses", LENSES), ("mount_compat", ACCEPTS)):
        (tmp_path / f"lensfun_{name}.csv").write_text(text)
    data = load_lensfun(tmp_path)
    new, old = data.cameras
    tokina, rf = data.lenses
    assert tokina.mounts == ("Canon EF", "Nikon F")
    assert (data.fits(new, rf), data.fits(new, tokina), data.fits(old, rf)) == (True, True, False)
    assert (data.same(new, tokina), data.same(old, tokina)) == (False, True)
