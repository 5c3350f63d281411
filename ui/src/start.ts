// Where the focus goes when the screen changes.

import type { Screen } from "./generated/Screen";
import type { View } from "./generated/View";

/**
 * Whether the focus is to be put anew: on another screen, and when an answer came with something to
 * put right. A card that comes or goes never moves it.
 */
export function startsAnew(before: View | null, after: View): boolean {
  if (before === null || place(before.screen) !== place(after.screen)) return true;
  return !inTrouble(before.screen) && inTrouble(after.screen);
}

/** Puts the focus on the first field or the selected row, on errors on the title. */
export function focusStart(main: HTMLElement, screen: Screen): void {
  const title = main.querySelector<HTMLElement>("h1");
  const first = main.querySelector<HTMLElement>("[data-start]");
  (screen.kind === "error" ? title : (first ?? title))?.focus();
}

function place(screen: Screen): string {
  switch (screen.kind) {
    case "secondFactor":
      return `${screen.kind} ${screen.asking}`;
    case "pin": {
      // The field goes with the card and comes back with it.
      const { sha256, gone } = screen.certificate;
      return `${screen.kind} ${sha256} ${gone ? "out" : "in"}`;
    }
    case "touch":
      return `${screen.kind} ${screen.certificate.sha256}`;
    case "picker":
      // The first rows arrive after the screen: then the selected one takes the focus.
      return `${screen.kind} ${screen.groups.length === 0 ? "empty" : "rows"}`;
    case "account":
    case "method":
    case "password":
    case "progress":
    case "signedIn":
    case "error":
      return screen.kind;
  }
}

function inTrouble(screen: Screen): boolean {
  switch (screen.kind) {
    case "account":
    case "pin":
    case "password":
    case "secondFactor":
      return screen.problem !== null && !screen.busy;
    case "method":
    case "picker":
    case "touch":
    case "progress":
    case "signedIn":
    case "error":
      return false;
  }
}
