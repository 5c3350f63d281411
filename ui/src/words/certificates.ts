// Tokens and the certificates on them.

import type { CertificateRow } from "../generated/CertificateRow";
import type { ModuleFailure } from "../generated/ModuleFailure";
import type { Reason } from "../generated/Reason";
import type { RowWarning } from "../generated/RowWarning";
import type { TokenGroup } from "../generated/TokenGroup";
import type { TokenLabel } from "../generated/TokenLabel";
import { date } from "./dates";
import { triesLeft } from "./problems";

export const picker = {
  title: "Choose a certificate",
  legend: "Certificates",
  purpose: "For sign-in",
  details: "Details",
  remember: "Remember for this server",
  otherWays: "Other ways",
  primary: "Continue",
  searching: "Looking for cards and keys",
  nothing: "No certificate fits here.",
  plugIn: "Plug in a key, or put your card into its reader.",
  lookAgain: "Look again",
  chooseFirst: "No certificate is chosen.",
  chooseFirstNext: "Choose one of the list, then continue.",
  gone: "Card removed",
  goneFact: "The card was removed.",
  goneNext: "Put it back to go on, or choose another certificate.",
};

export const details = {
  title: (name: string): string => `Certificate of ${name}`,
  subject: "Subject",
  issuer: "Issuer",
  serial: "Serial number",
  validFrom: "Valid from",
  validUntil: "Valid until",
  principalNames: "Principal names",
  emails: "E-mail addresses",
  key: "Key",
  purposes: "Purposes",
  policies: "Policies",
  slot: "Place",
  fingerprint: "SHA-256 fingerprint",
  none: "None",
  close: "Close",
  sendAnyway: "Send it anyway",
  sendAnywayNote: (host: string): string =>
    `\u201cSend it anyway\u201d shows it to ${host} all the same, so that you see the server's own answer.`,
};

/** "Not usable here (3)". */
export function notUsable(count: number): string {
  return `Not usable here (${count})`;
}

/** "Details of Lee Park, slot 9A": what the link is named, since the word alone says little. */
export function detailsOf(row: CertificateRow): string {
  return `Details of ${row.name}${row.slot === null ? "" : `, ${place(row.slot)}`}`;
}

/** "slot 9A" for a slot of a card; a label stays as it is. */
export function place(slot: string): string {
  return /^(9[A-Fa-f]|8[0-9A-Fa-f])$/.test(slot) ? `slot ${slot}` : slot;
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
export function tokenState(token: TokenLabel, inUse: boolean): string {
  if (token.blocked) return `${token.name} is blocked`;
  return inUse ? `${token.name} in use` : `${token.name} is ready`;
}

/** What needs care about a certificate that fits. */
export function warningText(warning: RowWarning): string {
  switch (warning.warning) {
    case "expiresSoon":
      return `${expires(warning.days)} Ask your service desk for a new one.`;
    case "olderTls":
      return "This card signs for TLS 1.2 only, so the connection will be an older one.";
  }
}

/** Why a certificate does not fit, with the value that failed. */
export function reasonText(reason: Reason): string {
  switch (reason.reason) {
    case "expired":
      return `Expired on ${date(reason.at)}.`;
    case "notYetValid":
      return `Not valid before ${date(reason.at)}.`;
    case "wrongIssuer":
      return `Issued by ${reason.issuer}, which this server does not accept.`;
    case "notForSignIn":
      return reason.purposes.length === 0
        ? "Not made for sign-in."
        : `Not made for sign-in. Its purpose is ${reason.purposes.join(", ")}.`;
    case "notForSigning":
      return "Not made for sign-in. Its key may not sign.";
    case "noPrivateKey":
      return "The card holds no private key for it.";
    case "cannotSign":
      return `Its key, ${reason.key}, cannot make a signature that this server takes.`;
    case "unreadable":
      return "It cannot be read.";
  }
}

/** A module that could not be used. */
export function failureText(failure: ModuleFailure): { fact: string; next: string } {
  return {
    fact: `${failure.module} could not be used.`,
    next: `What it said: ${failure.cause}`,
  };
}

/** What changed among the tokens, for those who do not see them come and go. */
export function tokensChanged(
  added: readonly TokenLabel[],
  removed: readonly TokenLabel[],
  groups: readonly TokenGroup[],
): string {
  const came = added.map((token) => {
    const rows = groups.find((group) => sameToken(group.token, token))?.rows.length;
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

function expires(days: number): string {
  if (days === 0) return "Expires today.";
  return days === 1 ? "Expires in 1 day." : `Expires in ${days} days.`;
}
