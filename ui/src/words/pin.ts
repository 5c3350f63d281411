// Giving the PIN of a token: here, on a reader, or not at all.

import type { PinPrompt } from "../generated/PinPrompt";
import type { Said } from "./problems";
import { pinProblemText, span } from "./problems";
import { yours } from "./tokens";

export const pin = {
  label: "PIN",
  busy: "The card is working",
  readerBusy: "The reader is waiting",
  readerWaits: "The reader is waiting for the PIN.",
  readerWaitsNext: "Enter it on the reader's keys, and confirm it there.",
  cancel: "Cancel",
  otherWays: "Other ways",
  chooseAnother: "Choose another certificate",
  lastTry: "A wrong PIN now blocks this card.",
  lastTryNext: "You would then need its PUK to use it again.",
  factory: "This card still has its factory PIN.",
  factoryNext: "Change it: lanyard pin change",
  sure: "I am sure of this PIN",
  noToken: "Your card",
  missing: "The PIN is missing.",
  digitsOnly: "This PIN has digits only.",
};

/** What the person is to do. */
export function pinTitle({ entry, token }: PinPrompt): string {
  const whose = token.name === "" ? "" : yours(token.name);
  switch (entry) {
    case "typed":
      return whose === "" ? "Enter the PIN" : `Enter the PIN of ${whose}`;
    case "onReader":
      return "Enter the PIN on the reader";
    case "notNeeded":
      return whose === "" ? "Sign in with your card" : `Sign in with ${whose}`;
  }
}

/** "6 to 8 digits. Only the card checks it." */
export function pinLead(prompt: PinPrompt): string {
  const what = prompt.digitsOnly ? "digits" : "characters";
  const length = `${span(prompt.shortest, prompt.longest)} ${what}`;
  switch (prompt.entry) {
    case "typed":
      return `${length}. Only the card checks it.`;
    case "onReader":
      return `${length}. The reader asks for it when you start, and only the card checks it.`;
    case "notNeeded":
      return "The key of this certificate asks for no PIN.";
  }
}

/** The primary button. */
export function pinPrimary({ entry, busy }: PinPrompt): string {
  switch (entry) {
    case "typed":
      return busy ? pin.busy : "Use this PIN";
    case "onReader":
      return busy ? pin.readerBusy : "Start the reader";
    case "notNeeded":
      return busy ? pin.busy : "Sign in";
  }
}

/** Why the prompt cannot be used, whatever is given: its card is out, or its PIN is blocked. */
export function pinOver(prompt: PinPrompt): Said | null {
  if (prompt.certificate.gone) return pinProblemText({ problem: "removed" }, prompt);
  const blocked = prompt.problem?.problem === "blocked" || prompt.token.blocked;
  return blocked && prompt.entry !== "notNeeded"
    ? pinProblemText({ problem: "blocked" }, prompt)
    : null;
}
