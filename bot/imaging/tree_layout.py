"""Where the nodes of a tree stand: generations from left to right, siblings below each other.

A tree that is too long or too tall is cut into blocks, which follow each other like words in lines of text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

COLUMNS = 6
"""Generations that stand side by side before a line goes on in another block."""

ROWS = 5
"""Branches that a block takes below each other."""


@dataclass(frozen=True)
class Cell:
    """A node's place, counted from 0; `joined` when its parent stands in the column to the left, in the same block."""

    column: int
    row: int
    joined: bool


class _Block:
    """A subtree with its root at the top left. Its longest line runs along the first row, from column to column."""

    def __init__(self, root: int) -> None:
        self.root = root
        self.places = {root: (0, 0)}
        self.lowest = [0]
        """The lowest row that is taken in each column."""

    @property
    def columns(self) -> int:
        return len(self.lowest)

    @property
    def rows(self) -> int:
        return max(self.lowest) + 1

    def take(self, child: _Block) -> bool:
        """Puts a child's subtree as far up as it goes; False when that makes too many rows.

        Longer subtrees must come first: then whatever is below this one's first column hangs below a longer one.
        """
        down = 1 + max(self.lowest[1 : child.columns + 1], default=-1)
        if down + child.rows > ROWS:
            return False
        for node, (column, row) in child.places.items():
            self.places[node] = (column + 1, row + down)
        below = [row + down for row in child.lowest]
        self.lowest[1:] = below + self.lowest[1 + child.columns :]
        return True


def arrange(parents: Mapping[int, int | None]) -> dict[int, Cell]:
    """A cell for each node of `parents`, which must name a node after its parent; a parent not in there is no parent.

    No two nodes share a cell, and no line from a parent to its children crosses another.
    """
    cells: dict[int, Cell] = {}
    left = top = height = 0
    for block in _blocks(parents):
        if left + block.columns > COLUMNS:
            left, top, height = 0, top + height, 0
        for node, (column, row) in block.places.items():
            cells[node] = Cell(left + column, top + row, joined=node != block.root)
        left, height = left + block.columns, max(height, block.rows)
    return cells


def _blocks(parents: Mapping[int, int | None]) -> list[_Block]:
    generations: dict[int | None, int] = {}
    for node, parent in parents.items():
        generations[node] = generations.get(parent, -1) + 1
    done: list[_Block] = []
    below: defaultdict[int | None, list[_Block]] = defaultdict(list)
    for node in reversed(list(parents)):
        block = _Block(node)
        children = sorted(below[node], key=lambda each: (-each.columns, each.root))
        done += [child for child in children if not block.take(child)]
        begins = generations[node] % COLUMNS == 0
        (done if begins else below[parents[node]]).append(block)
    return sorted(done, key=lambda each: each.root)
