import pytest

from tests.webchat.rendering.checks import faults
from tests.webchat.rendering.corpus import SOURCES, TEXTS
from webchat.rendering.markdown import render, render_blocks
from webchat.rendering.sanitise import sanitise
from webchat.rendering.stream import StreamRenderer


def test_there_are_at_least_two_hundred_texts_and_no_two_alike():
    assert len(set(TEXTS)) == len(TEXTS) >= 200


@pytest.mark.parametrize("text", TEXTS)
def test_a_hostile_text_leaves_nothing_but_what_may_be_there(text):
    for html in render_blocks(text, SOURCES, key="k"):
        assert faults(html) == []


@pytest.mark.parametrize("text", TEXTS)
def test_a_hostile_text_is_harmless_at_every_character(text):
    renderer = StreamRenderer("k")
    renderer.set_sources(SOURCES)
    for character in text:
        renderer.append(character)
        renderer.render()
        for html in renderer.blocks:
            assert faults(html) == []
    renderer.finish()
    assert renderer.blocks == render_blocks(text, SOURCES, key="k")


@pytest.mark.parametrize("text", TEXTS)
def test_sanitising_again_changes_nothing(text):
    for html in render_blocks(text):
        assert sanitise(html, "") == html


@pytest.mark.parametrize("text", TEXTS)
def test_the_whole_is_its_blocks_in_their_wrappers(text):
    blocks = render_blocks(text, SOURCES, key="k")
    assert render(text, SOURCES, key="k") == "".join(
        f'<div class="block">{html}</div>' for html in blocks
    )


@pytest.mark.parametrize(
    "broken",
    [
        "<script>x</script>",
        '<p onclick="x">y</p>',
        '<a href="/x">y</a>',
        "<p><em>x</p>",
        "<!-- x -->",
    ],
)
def test_the_checks_can_fail(broken):
    assert faults(broken) != []
