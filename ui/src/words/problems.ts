// What a person can put right on the same screen.

import type { PinProblem } from "../generated/PinProblem";
import type { PinPrompt } from "../generated/PinPrompt";
import type { Problem } from "../generated/Problem";

/** What happened, then what to do. */
export interface Said {
  readonly fact: string;
  readonly next: string;
}

/** The words for a problem of an account, a password, a code or a session. */
export function problemText(problem: Problem): Said {
  switch (problem.problem) {
    case "serverAddress":
      return {
        fact: "This is not a server address.",
        next: "It looks like login.example or https://login.example.",
      };
    case "unreachable":
      return {
        fact: "The server gives no answer.",
        next: `Check the network and the address, then try again. ${said(problem.cause)}`,
      };
    case "serverNotTrusted":
      return {
        fact: "This server is not trusted on this computer.",
        next: `Check the address; if it is right, ask your service desk. ${said(problem.cause)}`,
      };
    case "notAnIdentityServer":
      return {
        fact: "There is no sign-in service at this address.",
        next: "Check the server and the part of the username after the @.",
      };
    case "usernameMissing":
      return {
        fact: "The username is missing, or a part of it.",
        next: "It looks like name@example.com.",
      };
    case "notRight":
      return {
        fact: "The username or password was not right.",
        next: "Check both and try again.",
      };
    case "codeNotRight":
      return {
        fact: "That code was not right, or was used before.",
        next: "Wait for the next one and enter it.",
      };
    case "slowDown":
      return {
        fact: "Too many tries.",
        next: `Try again in ${duration(problem.seconds)}.`,
      };
    case "expired":
      return { fact: "The sign-in took too long.", next: "Enter your username to start again." };
    case "signedOut":
      return {
        fact: "You are signed out on this computer.",
        next: "Sign in again to open your apps.",
      };
  }
}

/** Why a token made no signature. */
export function pinProblemText(problem: PinProblem, prompt: PinPrompt): Said {
  switch (problem.problem) {
    case "wrong":
      return {
        fact:
          problem.triesLeft === null
            ? "That PIN was not right."
            : `That PIN was not right; ${triesLeft(problem.triesLeft)}.`,
        next: "Check that it is the PIN of this card.",
      };
    case "length":
      return {
        fact: "That PIN has the wrong length.",
        next: `It has ${span(prompt.shortest, prompt.longest)} characters.`,
      };
    case "blocked":
      return {
        fact: "This card is blocked.",
        next:
          prompt.through === "reader"
            ? "Unblock it with its PUK, which your service desk has: lanyard pin unblock. Or use another way to sign in."
            : "Ask your service desk to unblock it, or use another way to sign in.",
      };
    case "removed":
      return {
        fact: "The card was removed.",
        next: "Put it back to go on, or choose another certificate.",
      };
    case "cancelled":
      return {
        fact: "No PIN was entered on the reader.",
        next: "Start it again, or choose another certificate.",
      };
    case "notTouched":
      return {
        fact: "The card was not touched in time.",
        next:
          prompt.entry === "typed"
            ? "Enter the PIN again, and touch it when its light blinks."
            : "Try again, and touch it when its light blinks.",
      };
    case "inUse":
      return {
        fact: `${problem.by ?? "Another program"} is using this card.`,
        next: "Close that program, then try again.",
      };
    case "token":
      return {
        fact: "The card did not sign.",
        next: `Take it out and put it back, then try again. ${said(problem.cause)}`,
      };
  }
}

/** "2 tries left". */
export function triesLeft(tries: number): string {
  return tries === 1 ? "1 try left" : `${tries} tries left`;
}

/** "6 to 8", or "6" when only one length will do. */
export function span(shortest: number, longest: number): string {
  return shortest === longest ? `${shortest}` : `${shortest} to ${longest}`;
}

function said(cause: string): string {
  return cause === "" ? "" : `What was said: ${cause}`;
}

function duration(seconds: number): string {
  if (seconds === 1) return "1 second";
  if (seconds < 120) return `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
