from hypothesis import given
from hypothesis import strategies as st

from webchat.rendering.patches import Board, Trail, common_prefix, utf16_length

changes = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 500)), max_size=300)


@given(changes)
def test_a_trail_never_names_a_place_above_the_lowest_change(raw):
    trail, history, step = Trail(), [], 0
    for rise, place in raw:
        step += rise
        trail.mark(step, place)
        history.append((step, place))
    for since in range(-1, step + 2):
        truth = min((place for when, place in history if when > since), default=None)
        told = trail.lowest_since(since)
        assert (told is None) == (truth is None)
        if told is not None and truth is not None:
            assert told <= truth
    assert len(trail) <= 64


@given(st.lists(st.tuples(st.integers(1, 2), st.integers(0, 500)), max_size=60))
def test_a_trail_is_exact_while_it_is_short(raw):
    trail, history, step = Trail(), [], 0
    for rise, place in raw:
        step += rise
        trail.mark(step, place)
        history.append((step, place))
    for since in range(step + 1):
        assert trail.lowest_since(since) == min(
            (place for when, place in history if when > since), default=None
        )


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_the_common_prefix_is_the_longest_one(start, one, other):
    one, other = start + one, start + other
    length = common_prefix(one, other)
    assert one[:length] == other[:length]
    assert one[length : length + 1] != other[length : length + 1] or length == min(
        len(one), len(other)
    )


def test_utf_16_counts_a_character_beyond_the_first_plane_twice():
    assert utf16_length("a😀é", 2) == 3
    assert utf16_length("abc", 2) == 2


def test_a_block_that_went_and_came_back_is_sent_whole():
    board = Board()
    board.begin()
    board.put(0, "<p>a</p>")
    board.put(1, "<p>b</p>")
    seen = board.step
    board.begin()
    board.cut(1)
    board.begin()
    board.put(1, "<p>bc</p>")
    assert board.since(seen).blocks == [(1, 0, "<p>bc</p>")]


def test_changes_of_one_update_are_one_step():
    board = Board()
    board.begin()
    board.put(0, "a")
    board.put(1, "b")
    assert board.step == 1
    board.begin()
    board.put(0, "a")
    assert board.step == 1
