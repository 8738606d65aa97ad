from benchmarks import figures


def test_percentiles_are_values_that_occurred():
    values = [float(number) for number in range(1, 101)]
    assert figures.percentile(values, 0.5) == 51
    assert figures.percentile(values, 0.95) == 96
    assert figures.percentile(values[:1], 0.95) == 1
    assert figures.percentile([], 0.5) == 0


def test_a_spread_is_median_then_95th_percentile_then_maximum_in_milliseconds():
    assert figures.spread([0.001, 0.002, 0.5]) == "2 / 500 / 500"
    assert figures.spread([]) == "0 / 0 / 0"


def test_a_table_is_markdown():
    assert figures.table(("a", "b"), [(1, "x")]) == "| a | b |\n| --- | --- |\n| 1 | x |"
