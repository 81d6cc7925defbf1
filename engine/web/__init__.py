"""The page: what a person sees of an answer, and where each card and line is drawn."""
