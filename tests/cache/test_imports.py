import subprocess
import sys


def test_the_cache_stands_alone_and_loads_no_client() -> None:
    code = """
import sys
import goeswith.cache, goeswith.cache.shared
bad = {"redis", "goeswith.engine", "engine", "cache", "numpy"} & set(sys.modules)
assert not bad, bad
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
