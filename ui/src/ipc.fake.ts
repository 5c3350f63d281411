// A client that remembers what it was asked. Tests hand it to the window; the app's bundle never
// contains it.

import type { Intent } from "./generated/Intent";
import type { View } from "./generated/View";
import type { Ipc } from "./ipc";

/** One call that the window made. */
export type Call =
  | { readonly intent: Intent }
  | { readonly pin: string }
  | { readonly password: string }
  | { readonly code: string }
  | { readonly copied: string };

/** An `Ipc` that shows the views it is given. */
export class FakeIpc implements Ipc {
  /** What the window asked, in order. */
  readonly calls: Call[] = [];
  /** Whether every call fails, as when the client has stopped. */
  deaf = false;
  #view: View;
  readonly #listeners = new Set<(view: View) => void>();

  constructor(view: View) {
    this.#view = view;
  }

  /** The intents alone, in order. */
  get intents(): Intent[] {
    return this.calls.flatMap((call) => ("intent" in call ? [call.intent] : []));
  }

  /** Shows another view, as the client does when something happened. */
  show(view: View): void {
    this.#view = view;
    for (const listener of this.#listeners) listener(view);
  }

  view(): Promise<View> {
    return this.deaf ? Promise.reject(new Error("deaf")) : Promise.resolve(this.#view);
  }

  onView(changed: (view: View) => void): Promise<() => void> {
    this.#listeners.add(changed);
    return Promise.resolve(() => {
      this.#listeners.delete(changed);
    });
  }

  intent(intent: Intent): Promise<void> {
    return this.#note({ intent });
  }

  submitPin(pin: string): Promise<void> {
    return this.#note({ pin });
  }

  submitPassword(password: string): Promise<void> {
    return this.#note({ password });
  }

  submitCode(code: string): Promise<void> {
    return this.#note({ code });
  }

  copyDetails(text: string): Promise<void> {
    return this.#note({ copied: text });
  }

  #note(call: Call): Promise<void> {
    if (this.deaf) return Promise.reject(new Error("deaf"));
    this.calls.push(call);
    return Promise.resolve();
  }
}
