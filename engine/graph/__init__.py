"""What the steps of a build hand to each other: proposals, briefs, outlines, the subgraph."""
