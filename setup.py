"""The list of packages, computed: one that is not listed would be missing from the wheel."""

from setuptools import find_namespace_packages, setup

ROOMS = ("engine", "cache", "prompts", "eval")

setup(
    packages=[
        name
        for room in ROOMS
        for name in (
            f"goeswith.{room}",
            *(
                f"goeswith.{room}.{sub}"
                for sub in find_namespace_packages(room, exclude=["*__pycache__*"])
            ),
        )
    ]
)
