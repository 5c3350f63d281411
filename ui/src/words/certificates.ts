// Certificates, and why they fit or do not.

import type { CertificateRow } from "../generated/CertificateRow";
import type { ModuleFailure } from "../generated/ModuleFailure";
import type { Reason } from "../generated/Reason";
import type { RowWarning } from "../generated/RowWarning";
import type { Unusable } from "../generated/Unusable";
import { date } from "./dates";

export const picker = {
  title: "Choose a certificate",
  legend: "Certificates",
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

/** "Details of Lee Park: Expired on 24 October 2026.": the reason tells two of one name apart. */
export function detailsOfUnusable(entry: Unusable): string {
  return `${detailsOf(entry.row)}: ${reasonText(entry.reason)}`;
}

/** "Details of Lee Park, slot 9A": what the link is named, since the word alone says little. */
export function detailsOf(row: CertificateRow): string {
  return `Details of ${row.name}${row.slot === null ? "" : `, ${place(row.slot)}`}`;
}

/** "slot 9A" for "PIV Authentication (9A)"; any other place stays as it is. */
export function place(slot: string): string {
  const [, number] = /^.*\((9[0-5A-Ea-e]|8[2-9A-Fa-f])\)$/.exec(slot) ?? [];
  return number === undefined ? slot : `slot ${number.toUpperCase()}`;
}

/** What a certificate is for, in its row. */
export function purpose(row: CertificateRow): string {
  return row.warning?.warning === "provesCardOnly" ? "For the card" : "For sign-in";
}

/** What needs care about a certificate that fits. */
export function warningText(warning: RowWarning): string {
  switch (warning.warning) {
    case "expiresSoon":
      return `${expires(warning.days)} Ask your service desk for a new one.`;
    case "olderTls":
      return "This card signs for TLS 1.2 only, so the connection will be an older one.";
    case "provesCardOnly":
      return "Proves the card, not the person. Choose the certificate for sign-in.";
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

function expires(days: number): string {
  if (days === 0) return "Expires today.";
  return days === 1 ? "Expires in 1 day." : `Expires in ${days} days.`;
}
