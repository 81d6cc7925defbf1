"""Finds the few templates a question could match, without trying the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from goeswith.engine.question.template import Template

_LAYERS: Final = 3


class TemplateIndex:
    """Bit masks over templates, one bit a template, in their order.

    A template is a candidate when the question starts with one of its first words and holds a word
    of each of its (at most three) smallest sets of required words. Each test is one layer of masks
    by word; a template without such a set passes the layer for every word.
    """

    def __init__(self, templates: Sequence[Template]) -> None:
        self._start: dict[str, int] = {}
        self._any_start = 0
        self._layers: list[dict[str, int]] = [{} for _ in range(_LAYERS)]
        self._passing = [0] * _LAYERS
        for number, template in enumerate(templates):
            bit = 1 << number
            if template.head:
                for word in template.first_words():
                    self._start[word] = self._start.get(word, 0) | bit
            else:
                self._any_start |= bit
            required = template.required()
            for layer in range(_LAYERS):
                if layer >= len(required):
                    self._passing[layer] |= bit
                    continue
                masks = self._layers[layer]
                for word in required[layer]:
                    masks[word] = masks.get(word, 0) | bit

    def candidates(self, words: Sequence[str]) -> Iterator[int]:
        """Yield the numbers of the candidates in order."""
        found = self._start.get(words[0], 0) | self._any_start
        for masks, passing in zip(self._layers, self._passing, strict=True):
            mask = passing
            for word in words:
                if word in masks:
                    mask |= masks[word]
            found &= mask
        while found:
            lowest = found & -found
            yield lowest.bit_length() - 1
            found ^= lowest
