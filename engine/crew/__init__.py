"""Who builds for a service: threads of its own process, or a process that does nothing else.

A worker answers hits on one event loop and one interpreter. A build in the same interpreter takes
turns from them; a build in a process beside it does not.
"""

from __future__ import annotations

from goeswith.engine.crew.crew import Crew
from goeswith.engine.crew.threads import Threads
from goeswith.engine.crew.work import Tell, Work

__all__ = ["Crew", "Tell", "Threads", "Work"]
