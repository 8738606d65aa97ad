/* One growing answer: patched by what the server sends, without moving what is being read. */

import { $, nodes, say, trusted } from "./dom.js";
import { Blocks } from "./blocks.js";
import { send } from "./socket.js";

const ACKNOWLEDGE_AFTER = 64 * 1024; // characters: a quarter of what the server sends unacknowledged
const WAITING = { zero: "waiting_zero", one: "waiting_one", two: "waiting_two", few: "waiting_few", many: "waiting_many", other: "waiting_other" };
const RESTING = 200; // milliseconds after which a person has stopped scrolling

const scroller = $("#transcript");
const plural = new Intl.PluralRules(document.documentElement.lang);

const isAway = () => scroller.scrollTop < -2;
let scrolledAt = 0;
let ownScroll = false;

/* Setting the place would cut short a scroll that is under way, so growth waits for its end. */
scroller.addEventListener("scroll", () => {
  if (!ownScroll) scrolledAt = performance.now();
  ownScroll = false;
}, { passive: true });

/** Change something below what the person reads: reversed scrolling counts from the end, so without
    this the lines being read would move up. Who is at the end stays there. */
export function steadily(above, change) {
  if (!isAway()) return change();
  const before = above.getBoundingClientRect().top;
  change();
  const drift = above.getBoundingClientRect().top - before;
  if (!drift) return;
  ownScroll = true;
  scroller.scrollTop += drift;
}

/** One growing answer. `seq` is the last entry of the run's log that `renderer` has shown here. */
export class Answer {
  constructor(article) {
    this.article = article;
    this.run = article.dataset.run;
    this.seq = 0;
    this.renderer = "";
    this.unacknowledged = 0;
    this.blocks = null;
    this.reasoning = "";
    this.unseen = [];
    this.writing = this.part("progress")?.textContent ?? "";
    this.timer = 0;
  }

  part(name) {
    return $(`[data-part="${name}"]`, this.article);
  }

  follow() {
    send({ type: "run.follow", run: this.run, seq: this.seq, renderer: this.renderer });
  }

  take(event) {
    this.unseen.push(event);
    this.catchUp();
    this.seq = event.seq;
    this.renderer = event.renderer ?? this.renderer;
    this.acknowledge(event);
  }

  /** Show what has come, later if the person is scrolling. */
  catchUp(now = !isAway() || performance.now() - scrolledAt > RESTING) {
    clearTimeout(this.timer);
    if (now) steadily(this.article, () => this.unseen.splice(0).forEach((event) => this.show(event)));
    else this.timer = setTimeout(() => this.catchUp(), RESTING);
  }

  show(event) {
    if ("waiting" in event) this.wait(event.waiting);
    if (event.blocks) this.patch(event);
    if (event.reasoning) this.think(event);
    if ("sources" in event) this.part("sources").replaceChildren(nodes(event.sources));
    if ("images" in event) this.part("images").replaceChildren(nodes(event.images));
  }

  /** Tell how many answers come before this one; null: it has begun. */
  wait(ahead) {
    const next = ahead ? say(WAITING[plural.select(ahead)], { count: ahead }) : say("waiting_next");
    this.part("progress").textContent = ahead === null ? this.writing : next;
  }

  patch(event) {
    this.blocks ??= new Blocks(this.part("answer"), trusted);
    if (event.type === "message.reset") this.blocks.reset(event.blocks);
    else this.blocks.apply(event);
    if (event.blocks.length && this.reasoning) this.conclude();
  }

  think(event) {
    const whole = event.type === "message.reset";
    const [offset, text] = whole ? [0, event.reasoning] : event.reasoning;
    const details = $(".reasoning", this.article);
    const thoughts = this.part("reasoning");
    if (offset === this.reasoning.length && !whole) thoughts.append(text);
    else thoughts.textContent = this.reasoning.slice(0, offset) + text;
    this.reasoning = this.reasoning.slice(0, offset) + text;
    details.hidden = !this.reasoning;
    details.toggleAttribute("data-growing", !this.part("answer").hasChildNodes());
  }

  conclude() {
    $(".reasoning", this.article).removeAttribute("data-growing");
    if (this.part("reasoning-label").textContent === say("thinking")) {
      this.part("reasoning-label").textContent = say("thought");
    }
  }

  acknowledge(event) {
    this.unacknowledged += JSON.stringify(event).length;
    if (this.unacknowledged < ACKNOWLEDGE_AFTER) return;
    this.unacknowledged = 0;
    send({ type: "run.acknowledge", run: this.run, seq: this.seq });
  }
}
