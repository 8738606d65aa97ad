/* The words of a search, marked in the message it has led to. */

import { $ } from "./dom.js";

const MOST = 500; // marks; more of them would mark nothing
const fold = (text) => text.normalize("NFKD").replace(/\p{M}+/gu, "").toLowerCase();

/** The places in a text that fit one of these words; the last of them may be a beginning. */
function* places(text, words) {
  for (const found of text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)) {
    const word = fold(found[0]);
    const fits = words.some((wanted, at) => word === wanted || (at === words.length - 1 && word.startsWith(wanted)));
    if (fits) yield [found.index, found.index + found[0].length];
    else yield* inside(text, found.index, found[0], words);
  }
}

/* Where a script has no spaces, what is wanted stands in the middle. */
function* inside(text, start, stretch, words) {
  for (const wanted of words) {
    const at = /\p{Ideo}|\p{sc=Hira}|\p{sc=Kana}|\p{sc=Hang}|\p{sc=Thai}/u.test(wanted) ? stretch.indexOf(wanted) : -1;
    if (at >= 0) yield [start + at, start + at + wanted.length];
  }
}

function* ranges(message, words) {
  for (const part of message.querySelectorAll(".answer, .bubble")) {
    const texts = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      for (const [start, end] of places(texts.currentNode.data, words)) {
        const range = new Range();
        range.setStart(texts.currentNode, start);
        range.setEnd(texts.currentNode, end);
        yield range;
      }
    }
  }
}

/** Mark these words in the message the address names. */
export function mark(query) {
  const message = $(".message:target");
  const words = fold(query).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  if (!message || !words.length || !window.CSS?.highlights) return;
  const found = new Highlight();
  for (const range of ranges(message, words)) {
    found.add(range);
    if (found.size >= MOST) break;
  }
  CSS.highlights.set("found", found);
}
