"""Questions asked of a language model: typed, versioned, read strictly, inside a budget.

Knows nothing of stores, HTTP serving or catalogs. Importing this does not load DSPy.
"""

from goeswith.prompts.errors import BudgetSpentError, Failed, LMSettingsError, PromptsError
from goeswith.prompts.extend import EXTEND, ExtendAsk
from goeswith.prompts.judge import JUDGE, ClaimAsk, JudgeAsk
from goeswith.prompts.limits import Both, Cost, Purse, Tally
from goeswith.prompts.lm import LM, Call
from goeswith.prompts.name_why import NAME_WHY, Bought, NameWhyAsk
from goeswith.prompts.phrase import PHRASE, PhraseAsk
from goeswith.prompts.plan import PLAN, PlanAsk
from goeswith.prompts.program import Program, preload
from goeswith.prompts.programs import PROGRAMS, version, versions
from goeswith.prompts.relate import RELATE, Anchor, Claim, RelateAsk
from goeswith.prompts.settings import LMSettings
from goeswith.prompts.words import Thing

__all__ = [
    "EXTEND",
    "JUDGE",
    "LM",
    "NAME_WHY",
    "PHRASE",
    "PLAN",
    "PROGRAMS",
    "RELATE",
    "Anchor",
    "Both",
    "Bought",
    "BudgetSpentError",
    "Call",
    "Claim",
    "ClaimAsk",
    "Cost",
    "ExtendAsk",
    "Failed",
    "JudgeAsk",
    "LMSettings",
    "LMSettingsError",
    "NameWhyAsk",
    "PhraseAsk",
    "PlanAsk",
    "Program",
    "PromptsError",
    "Purse",
    "RelateAsk",
    "Tally",
    "Thing",
    "preload",
    "version",
    "versions",
]
