// A token that waits for a finger.

import type { TouchPrompt } from "../generated/TouchPrompt";
import { yours } from "./tokens";

export const touch = {
  cancel: "Cancel",
  /** What to do; a guess is put as a question. */
  title: (prompt: TouchPrompt): string =>
    prompt.certain
      ? `Touch ${yours(prompt.token.name)}`
      : `Is ${yours(prompt.token.name)} waiting?`,
  lead: (prompt: TouchPrompt): string => {
    if (!prompt.certain) {
      return "It has not answered yet. If its light is blinking, touch it; if not, wait a little.";
    }
    return prompt.token.kind === "key"
      ? "Its light is blinking. Rest a finger on the metal disc until the light stops."
      : "Rest a finger on its contact until the light stops.";
  },
  why: (application: string | null): string =>
    `is asking for this signature, so that you can ${application === null ? "sign in" : `open ${application}`}`,
  left: (seconds: number): string =>
    seconds === 0
      ? "The time is up. You can try again."
      : `${count(seconds)} left. If the time runs out, you can try again.`,
  /** What is said aloud: at the start, and when five seconds are left. */
  spoken: (prompt: TouchPrompt, seconds: number): string => {
    if (seconds === 0) return "The time is up.";
    if (seconds <= 5) return "5 seconds left.";
    return `${touch.title(prompt)}. You have ${count(prompt.seconds)}.`;
  },
};

function count(seconds: number): string {
  return seconds === 1 ? "1 second" : `${seconds} seconds`;
}
