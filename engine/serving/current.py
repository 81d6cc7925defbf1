"""Which generation new requests begin with, and when that changes.

The pointer in the home is moved by one rename, before what changed is dropped from the cache and
before anything built over the new generation is stored. So whoever looks at the pointer *after*
reading the cache, and finds it where it was, was given nothing that is newer than its snapshot.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from goeswith.engine.index.home import Generation, Home
from goeswith.engine.pack import Pack
from goeswith.engine.serving.opened import Opened
from goeswith.engine.serving.opening import Means
from goeswith.engine.settings import Settings


class Current:
    """The open generation of one home. Safe for threads."""

    def __init__(self, home: Home, pack: Pack, settings: Settings, means: Means) -> None:
        """Open the generation that is current now. `means` are shared by all generations.

        Raises:
            HomeError: there is no usable index.
        """
        self._home = home
        self._pack = pack
        self._settings = settings
        self._means = means
        self._settle: Callable[[Generation], object] = _nothing
        self._swapping = threading.Lock()
        self._mark = home.mark()
        self.opened = Opened(home.current(), pack, settings, means)

    def settles(self, settle: Callable[[Generation], object]) -> None:
        """Call `settle` now and with every other generation, before anybody is served from it.

        It drops from the cache what the generation no longer stands for.
        """
        self._settle = settle
        settle(self.opened.generation)

    def moved(self) -> bool:
        """Tell whether another generation became current. Costs one look at a small file."""
        return self._home.mark() != self._mark

    def left(self, opened: Opened) -> bool:
        """Tell whether a generation is no longer current, here or in the home.

        Another thread may have opened the next one meanwhile: then the pointer has not moved.
        """
        return self.opened is not opened or self.moved()

    def reload(self) -> bool:
        """Open the generation that is current now; return whether it is another one.

        Requests under way keep theirs.

        Raises:
            HomeError: the new index cannot be used. The old one stays open, and is tried to be
                left again with the next request.
        """
        with self._swapping:
            mark = self._home.mark()
            if mark == self._mark:
                return False
            generation = self._home.current()
            changed = generation.folder != self.opened.generation.folder
            if changed:
                self._settle(generation)
                self.opened = Opened(generation, self._pack, self._settings, self._means)
            self._mark = mark
            return changed

    def breakers(self) -> list[tuple[str, str]]:
        """Return each language model and the state of its breaker."""
        return self._means.lm.breakers if self._means.lm is not None else []

    def close(self) -> None:
        """Close what builds had opened."""
        self._means.close()


def _nothing(_generation: Generation) -> None:
    """Drop nothing, where there is no cache."""
