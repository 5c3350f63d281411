// Tells those who do not see it which tokens came and went.

import type { TokenLabel } from "./generated/TokenLabel";
import type { View } from "./generated/View";
import { sameToken, tokensChanged } from "./words";

/** Joins what changes within half a second into one announcement. */
export class TokenNews {
  readonly #say: (text: string) => void;
  /** What was said last; none before the first view, which is no news. */
  #told: readonly TokenLabel[] | null = null;
  #latest: View | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  /** Compares a view with what was said. */
  seen(view: View): void {
    this.#latest = view;
    if (this.#told === null) this.#told = view.tokens;
    else if (this.#timer === null && this.#news() !== "") {
      this.#timer = setTimeout(() => {
        this.#tell();
      }, joined);
    }
  }

  /** Says nothing more. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #tell(): void {
    this.#timer = null;
    const news = this.#news();
    this.#told = this.#latest?.tokens ?? [];
    if (news !== "") this.#say(news);
  }

  #news(): string {
    const told = this.#told ?? [];
    const view = this.#latest;
    if (view === null) return "";
    const added = view.tokens.filter((token) => !told.some((one) => sameToken(one, token)));
    const removed = told.filter((token) => !view.tokens.some((one) => sameToken(one, token)));
    return tokensChanged(added, removed, view.screen.kind === "picker" ? view.screen.groups : []);
  }
}

const joined = 500;
