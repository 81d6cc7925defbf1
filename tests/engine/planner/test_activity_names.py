"""Every name of a curated activity, typed as a question, is read as that activity."""

from __future__ import annotations

from goeswith.engine.pack import load_pack
from goeswith.engine.planner.knowledge import SURE_ACTIVITY
from goeswith.engine.question import read_question

UNREACHED = {
    "getting ready for winter",
    "weekly groceries",
    "healthy groceries",
    "celiac friendly groceries",
    "cook without wheat",
    "dinner without meat",
    "just got a new smartphone",
    "phone upgrade accessories",
}
"""Names that are read as something else: an exclusion, another activity, a plural of its own."""


def test_every_name_is_read_as_its_activity() -> None:
    pack, missed = load_pack(), set()
    for activity in pack.activities:
        for name in activity.names:
            question = read_question(name)
            plain = " ".join(w for w in question.canonical.split() if w[0] != "[")
            texts = (question.activity or question.phrase or question.anchor, plain)
            found = [item for text in texts for item in pack.find_activity(text, 1)]
            if not any(a.id == activity.id and score >= SURE_ACTIVITY for a, score in found):
                missed.add(name)
    assert missed == UNREACHED
