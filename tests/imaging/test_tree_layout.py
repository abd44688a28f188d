"""Where the nodes of a tree stand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.imaging.tree_layout import COLUMNS, ROWS, Cell, arrange

Parents = dict[int, int | None]


@st.composite
def trees(draw: st.DrawFn) -> Parents:
    """Versions from some number on, each made from an earlier one, from one that is left out, or from none."""
    first = draw(st.integers(1, 20))
    origins = draw(st.lists(st.integers(0, 59), min_size=1, max_size=40))
    return {first + n: origin % (first + n) or None for n, origin in enumerate(origins)}


def line(length: int) -> Parents:
    return {version: version - 1 or None for version in range(1, length + 1)}


def places(parents: Parents) -> dict[int, tuple[int, int]]:
    return {node: (cell.column, cell.row) for node, cell in arrange(parents).items()}


def test_generations_stand_from_left_to_right_and_siblings_below_each_other() -> None:
    assert places({1: None, 2: 1, 3: 2, 4: 1, 5: 2}) == {1: (0, 0), 2: (1, 0), 3: (2, 0), 5: (2, 1), 4: (1, 1)}


def test_the_longest_line_stays_straight_and_what_was_given_up_hangs_below_it() -> None:
    assert places({1: None, 2: 1, 3: 1, 4: 3, 5: 3, 6: 5}) == {
        1: (0, 0), 3: (1, 0), 5: (2, 0), 6: (3, 0), 2: (1, 1), 4: (2, 1),
    }  # fmt: skip


def test_a_line_longer_than_the_picture_goes_on_below() -> None:
    cells = arrange(line(COLUMNS + 2))

    assert cells[COLUMNS] == Cell(COLUMNS - 1, 0, joined=True)
    assert cells[COLUMNS + 1] == Cell(0, 1, joined=False)
    assert cells[COLUMNS + 2] == Cell(1, 1, joined=True)


def test_more_siblings_than_rows_follow_side_by_side() -> None:
    cells = arrange({1: None, **dict.fromkeys(range(2, ROWS + 5), 1)})

    assert [cells[version].row for version in range(2, ROWS + 2)] == list(range(ROWS))
    assert [cells[ROWS + n] for n in (2, 3, 4)] == [Cell(column, 0, joined=False) for column in (2, 3, 4)]


def test_first_pictures_stand_side_by_side_without_a_line() -> None:
    assert arrange({1: None, 2: None}) == {1: Cell(0, 0, joined=False), 2: Cell(1, 0, joined=False)}


@given(trees())
def test_each_node_has_a_cell_of_its_own_within_the_columns(parents: Parents) -> None:
    cells = places(parents)

    assert cells.keys() == parents.keys()
    assert len(set(cells.values())) == len(cells)
    assert max(column for column, _ in cells.values()) < COLUMNS


@given(trees())
def test_no_line_from_a_parent_runs_into_another(parents: Parents) -> None:
    """In the gap between two columns, each parent's lines fill the rows from itself to its last child."""
    cells = arrange(parents)
    spans: dict[int, range] = {}
    for node, cell in cells.items():
        parent = parents[node]
        if cell.joined:
            assert parent is not None
            assert (cells[parent].column, True) == (cell.column - 1, cells[parent].row <= cell.row)
            stop = max(cell.row + 1, spans[parent].stop if parent in spans else 0)
            spans[parent] = range(cells[parent].row, stop)

    taken = [(cells[parent].column, row) for parent, span in spans.items() for row in span]
    assert len(set(taken)) == len(taken)
