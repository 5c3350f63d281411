// Tokens, readers, and the service that cards are reached through.

import type { CardService } from "../generated/CardService";
import type { Reader } from "../generated/Reader";
import type { TokenGroup } from "../generated/TokenGroup";
import type { TokenLabel } from "../generated/TokenLabel";
import type { Said } from "./problems";
import { triesLeft } from "./problems";

/** What a token in the rail is doing. */
export type TokenUse = "ready" | "inUse" | "waiting";

/** "your YubiKey", whatever its model; the names that people gave their tokens stay. */
export function yours(token: string): string {
  return /^YubiKey\b/i.test(token) ? "your YubiKey" : token;
}

/** The state of a token's PIN, at the right of its name. */
export function pinState(token: TokenLabel): string {
  if (token.blocked) return "PIN blocked";
  return token.triesLeft === null ? "Asks for its PIN" : `PIN, ${triesLeft(token.triesLeft)}`;
}

/** What stands beside a token's name: the serial number of a thing, the model of a chip. */
export function tokenDetail(token: TokenLabel): string | null {
  if (token.kind === "chip" && token.model !== null) return token.model;
  return token.serial === null ? token.model : `serial ${grouped(token.serial)}`;
}

/** "14 202 337": digits in groups of three; anything but digits stays as it is. */
export function grouped(serial: string): string {
  return /^\d+$/.test(serial) ? serial.replace(/\B(?=(\d{3})+$)/g, "\u00a0") : serial;
}

/** "YubiKey 5 NFC is ready". */
export function tokenState(token: TokenLabel, use: TokenUse): string {
  if (use === "waiting") return `${token.name} is waiting`;
  if (token.blocked) return `${token.name} is blocked`;
  return use === "inUse" ? `${token.name} in use` : `${token.name} is ready`;
}

/** A reader whose card cannot be used; nothing for one that is in order. */
export function readerText({ name, state }: Reader): Said | null {
  switch (state.state) {
    case "empty":
    case "read":
      return null;
    case "mute":
      return {
        fact: `The card in ${name} does not answer.`,
        next: "Take it out, check that its chip goes in first, and put it back.",
      };
    case "otherCard":
      return {
        fact: `The card in ${name} is not one to sign in with.`,
        next: "Put in the card that you sign in with.",
      };
    case "inUse":
      return {
        fact: `${state.by ?? "Another program"} is using the card in ${name}.`,
        next: "Close that program, then look again.",
      };
  }
}

/** What is wrong with the service that cards are reached through; nothing where all is well. */
export function cardServiceText(service: CardService): Said | null {
  switch (service.service) {
    case "running":
      return null;
    case "notInstalled":
      return {
        fact: "This computer has no card service.",
        next: "To use cards and keys in readers, ask your administrator to install pcscd.",
      };
    case "stopped":
      return {
        fact: "The card service is stopped.",
        next: "Start it with \u201csudo systemctl start pcscd.socket\u201d, then look again.",
      };
    case "denied":
      return {
        fact: "You may not use the card service.",
        next: "Ask your administrator to allow it for you; polkit decides that on this computer.",
      };
    case "failed":
      return {
        fact: "The card service does not work.",
        next: `Plug your reader in again, then look again. What it said: ${service.cause}`,
      };
  }
}

/** What changed among the tokens, for those who do not see them come and go. */
export function tokensChanged(
  added: readonly TokenLabel[],
  removed: readonly TokenLabel[],
  groups: readonly TokenGroup[],
): string {
  const came = added.map((token) => {
    const group = groups.find((one) => sameToken(one.token, token));
    const rows = group?.rows.filter((row) => !row.gone).length;
    return `${token.name} added${rows === undefined ? "" : `, ${count(rows, "certificate")}`}`;
  });
  const went = removed.map((token) => `${token.name} removed`);
  return [...came, ...went].join(". ");
}

/** Whether two labels mean the same token. */
export function sameToken(one: TokenLabel, other: TokenLabel): boolean {
  return one.name === other.name && one.serial === other.serial && one.kind === other.kind;
}

function count(number: number, noun: string): string {
  return number === 1 ? `1 ${noun}` : `${number} ${noun}s`;
}
