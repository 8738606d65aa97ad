"""A browser that follows an answer, as far as strings go."""

from hypothesis import strategies as st

PIECES = [
    "para ", "word", "\n", "\n\n", "- item", "1. one", "  ", "    ", "\t", "```", "```py\n", "~~~",
    "> ", "# ", "---", "===", "| a | b |\n", "|---|---|\n", "😀", "é̂", "*", "**", "_", "`", "$x$",
    "$$", "\\(a\\)", "\\[", "\\]", "[a]", "[a]: http://x\n", "[^1]", "[^1]: note\n", "<div>",
    "<br>", "&amp;", "&nbsp;", "\r\n", "\r", "[1]", "![i](http://i)", "[l](/x)", "~~d~~",
    "- [ ] t", "<!-- c", "-->", "x = 1\n", '"q"', "<", "http://a.b/c ", "中文", "\ud83d", "\x00",
    "2) ", "* * *\n", "[^1", "]: ", "\\", "\u202e", "</code></pre>", "\n```\n", "\ufdd0",
]  # fmt: skip

texts = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=30).map("".join)


def cut(text, sizes):
    """The text in pieces of these sizes, over and over."""
    pieces, start, turn = [], 0, 0
    while start < len(text):
        size = sizes[turn % len(sizes)]
        pieces.append(text[start : start + size])
        start, turn = start + size, turn + 1
    return pieces


class Follower:
    """Applies patches to its own copy; `every`: how many updates it sleeps through."""

    def __init__(self, every=1):
        self.blocks = []
        self.step = 0
        self.every = every
        self.updates = 0

    def see(self, renderer):
        self.updates += 1
        if self.updates % self.every == 0:
            self.catch_up(renderer)

    def catch_up(self, renderer):
        patch = renderer.patch_since(self.step)
        for number, offset, tail in patch.blocks:
            if number == len(self.blocks):
                self.blocks.append("")
            kept = self.blocks[number].encode("utf-16-le")[: 2 * offset].decode("utf-16-le")
            self.blocks[number] = kept + tail
        del self.blocks[patch.count :]
        self.step = renderer.step
