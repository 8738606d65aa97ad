"""How fast an answer came, told alike by the panel, by insight and to Prometheus."""

BURST = 0.01  # seconds; what came within them came all at once and has no speed


def tokens_a_second(first: float | None, total: float | None, tokens: float | None) -> float | None:
    """From the first token, `first` seconds after the question, to the end after `total` seconds.

    None where one of them is not known, and for what came all at once.
    """
    if first is None or total is None or not tokens or total - first <= BURST:
        return None
    return tokens / (total - first)
