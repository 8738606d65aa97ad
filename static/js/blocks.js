/* The blocks of one answer in the page, kept equal to the server's by patches.
 *
 * The server sends HTML that is sanitised and exact: block number, offset in UTF-16 code units (what
 * JavaScript strings count in) into that block's HTML, the HTML from there on. A block that did not
 * change keeps its nodes, so selection, search in the page and screen readers are left in peace.
 */

const CODE_END = "</code></pre>";
const CHARACTERS = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: "\u00a0" };

export class Blocks {
  #element;
  #trusted;
  #html = [];

  /**
   * @param {Element} element gets one `<div class="block">` for each block
   * @param {(html: string) => TrustedHTML} trusted the page's only policy
   */
  constructor(element, trusted) {
    this.#element = element;
    this.#trusted = trusted;
    element.replaceChildren();
  }

  /** The HTML of each block now. */
  get html() {
    return [...this.#html];
  }

  /** Show exactly these blocks; the ones that are there already stay. */
  reset(list) {
    list.forEach((html, number) => this.#show(number, html));
    this.#cut(list.length);
  }

  /** @param {{blocks: [number, number, string][], count: number}} patch tails in order, then the count */
  apply({ blocks, count }) {
    for (const [number, offset, tail] of blocks) {
      const before = this.#html[number] ?? "";
      if (!this.#grow(number, before, offset, tail)) {
        this.#show(number, before.slice(0, offset) + tail);
      }
    }
    this.#cut(count);
  }

  #show(number, html) {
    if (this.#html[number] === html) return;
    let node = this.#element.children[number];
    if (!node) {
      node = document.createElement("div");
      node.className = "block";
      this.#element.append(node);
    }
    node.innerHTML = this.#trusted(html);
    this.#html[number] = html;
  }

  /** Code that only got longer is appended as text; whether this was the case. */
  #grow(number, before, offset, tail) {
    const grows =
      before.startsWith("<pre") &&
      before.endsWith(CODE_END) &&
      tail.endsWith(CODE_END) &&
      offset === before.length - CODE_END.length;
    if (!grows) return false;
    const added = tail.slice(0, -CODE_END.length);
    if (added.includes("<")) return false;
    const code = this.#element.children[number].querySelector("code");
    const text = added.replace(/&(amp|lt|gt|quot|nbsp);/g, (_, name) => CHARACTERS[name]);
    if (code.lastChild?.nodeType === Node.TEXT_NODE) code.lastChild.appendData(text);
    else code.append(text);
    this.#html[number] = before.slice(0, offset) + tail;
    return true;
  }

  #cut(count) {
    while (this.#element.children.length > count) this.#element.lastElementChild.remove();
    this.#html.length = Math.min(this.#html.length, count);
  }
}
