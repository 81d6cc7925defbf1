"""The language model as a build sees it: settings, asking within a budget, money, batch files."""
