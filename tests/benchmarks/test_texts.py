from benchmarks import texts


def test_answers_hold_everything_markdown_has():
    text, starts = texts.corpus()
    assert len(text) >= texts.CORPUS_CHARS
    assert all(mark in text for mark in ("```python\n", "|---|", "$$\n", "\n- **"))
    assert starts[0] == 0
    assert all(text[:start].endswith("\n\n") for start in starts[1:])


def test_an_answer_has_the_length_asked_for_wherever_it_begins():
    assert [len(texts.answer(number, 1000)) for number in range(300)] == [1000] * 300


def test_answers_with_different_numbers_differ():
    assert len({texts.answer(number, 400) for number in range(40)}) == 40


def test_the_sample_page_is_as_described():
    answers = texts.page_answers()
    assert len(set(answers)) == len(answers) == 10
    assert all(1500 < len(answer) < 2500 for answer in answers)
    assert sum("```" in answer for answer in answers) == 5
    assert sum("|---|" in answer for answer in answers) == 1
    assert sum("$$" in answer for answer in answers) == 1
