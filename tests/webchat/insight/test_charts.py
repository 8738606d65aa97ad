"""Where everything in a chart lies."""

from itertools import pairwise

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from webchat.insight.charts import bars as bars_module
from webchat.insight.charts import columns as columns_module
from webchat.insight.charts.bars import Bar, bars
from webchat.insight.charts.columns import Series, columns
from webchat.insight.charts.scale import Scale, length, spread_evenly
from webchat.insight.words import brief, count, seconds, seconds_brief, share


@pytest.mark.parametrize(
    ("largest", "ticks"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (3, [0, 1, 2, 3]),
        (12, [0, 5, 10, 15]),
        (108, [0, 25, 50, 75, 100, 125]),
        (100, [0, 20, 40, 60, 80, 100]),
        (220_000, [0, 50_000, 100_000, 150_000, 200_000, 250_000]),
    ],
)
def test_axes_of_what_is_counted_have_round_whole_numbers(
    largest: float, ticks: list[float]
) -> None:
    assert Scale.up_to(largest).ticks() == ticks


@given(st.floats(1e-6, 1e12), st.booleans(), st.integers(2, 5))
def test_every_value_is_below_the_top_and_lines_are_few(
    largest: float, whole: bool, intervals: int
) -> None:
    scale = Scale.up_to(largest, whole=whole, intervals=intervals)
    ticks = scale.ticks()
    assert ticks[-1] >= largest * (1 - 1e-6)
    assert 2 <= len(ticks) <= intervals + 2
    if whole:
        assert all(tick == round(tick) for tick in ticks)


@given(st.integers(1, 400), st.integers(1, 10))
def test_labels_are_evenly_apart_and_end_with_the_last(places: int, most: int) -> None:
    chosen = spread_evenly(places, most)
    assert len(chosen) <= most
    assert chosen[-1] == places - 1
    assert len({after - before for before, after in pairwise(chosen)}) <= 1


def test_columns_stand_on_the_axis_one_part_upon_the_other() -> None:
    series = [Series("a", "c1", [10, 0]), Series("b", "c2", [30, 0])]
    chart = columns("Tokens", "", ["Monday", "Tuesday"], series, count, ["Mo", "Tu"])
    first, second = chart.columns
    low, high = first.parts
    base = columns_module.HEIGHT - columns_module.BOTTOM
    assert float(low.y) + float(low.height) == base
    assert float(high.y) + float(high.height) == float(low.y)
    assert float(high.height) == pytest.approx(3 * float(low.height), abs=0.2)
    assert first.title == "Monday: 40\na 10\nb 30"
    assert (second.parts, second.title) == ([], "Tuesday: 0")
    assert [label.label for label in chart.labels] == ["Mo", "Tu"]


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=160))
def test_columns_stay_inside(values: list[int]) -> None:
    names = [str(number) for number in range(len(values))]
    chart = columns("Messages", "", names, [Series("a", "c1", values)], brief, names)
    for column in chart.columns:
        assert float(column.x) >= columns_module.LEFT - 0.1
        right = float(column.x) + float(chart.width)
        assert right <= columns_module.WIDTH - columns_module.RIGHT + 0.2
        for part in column.parts:
            assert float(part.y) >= columns_module.TOP - 0.1


def test_bars_lie_beside_their_names_and_lines_reach_further() -> None:
    drawn = [Bar("n" * 40, [("c1", 2.0)], "2 s", reach=8.0), Bar("b", [("c1", 0.0)], "0 s")]
    chart = bars("Seconds", "", drawn, seconds, whole=False)
    long, none = chart.rows
    assert (len(long.name), long.title) == (bars_module.NAME_LENGTH, f"{'n' * 40}: 2 s")
    [part] = long.parts
    assert float(part.x) == bars_module.LEFT
    assert float(long.reach_from) == float(part.x) + float(part.width)
    assert float(long.reach) <= bars_module.WIDTH - bars_module.RIGHT
    assert (none.parts, none.reach) == ([], "")
    assert float(none.y) > float(long.y)


def test_coordinates_have_a_point_in_every_language() -> None:
    with translation.override("ru"):
        assert (length(12.345), length(12.0)) == ("12.3", "12")
        chart = bars("Секунды", "", [Bar("a", [("c1", 1.5)], "1,5")], seconds, whole=False)
        assert "," not in chart.rows[0].parts[0].width


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"),
        (7, "7"),
        (999, "999"),
        (1000, "1k"),
        (1234, "1.2k"),
        (99_960, "100k"),
        (4.2e6, "4.2M"),
    ],
)
def test_large_numbers_are_brief(value: float, words: str) -> None:
    assert brief(value) == words


def test_shares_are_percents() -> None:
    assert (share(0), share(1), share(0.0312)) == ("0\xa0%", "100\xa0%", "3.1\xa0%")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0 s"),
        (2, "2 s"),
        (2.5, "2.5 s"),
        (0.25, "0.25 s"),
        (0.005, "0.005 s"),
        (0.1 * 3, "0.3 s"),
    ],
)
def test_the_seconds_of_an_axis_tell_its_places_apart(value: float, written: str) -> None:
    assert seconds_brief(value) == written
