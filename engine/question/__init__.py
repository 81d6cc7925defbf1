"""The question reader: text in, a `Question` out."""

from goeswith.engine.question.clean import MAX_CHARS
from goeswith.engine.question.model import Intent, Question
from goeswith.engine.question.reader import read_question
from goeswith.engine.question.vocabulary import Vocabulary

__all__ = ["MAX_CHARS", "Intent", "Question", "Vocabulary", "read_question"]
