// The server's trace of checks, line by line.

import type { CheckOutcome } from "../generated/CheckOutcome";

/** The name of a check; one that is not known keeps the server's word. */
export function checkName(check: string): string {
  return names.get(check) ?? check.charAt(0).toUpperCase() + check.slice(1);
}

/** What a passed check means when the server gave no value. */
export function checkMeaning(check: string): string {
  return meanings.get(check) ?? "In order";
}

/** The outcome in a word, for the copied text and for those who do not see the icon. */
export function outcomeWord(outcome: CheckOutcome): string {
  switch (outcome) {
    case "passed":
      return "Passed";
    case "failed":
      return "Failed";
    case "not_checked":
      return "Not checked";
  }
}

export const trace = {
  title: "What was checked",
  expected: "expected",
  found: "found",
  about: "Certificate",
  failed: "Did not hold",
  notChecked: "Not checked, because a check before it failed",
};

const names: ReadonlyMap<string, string> = new Map([
  ["key", "Key"],
  ["path", "Path"],
  ["time", "Time"],
  ["signature", "Signature"],
  ["constraints", "Issuer rights"],
  ["name_constraints", "Permitted names"],
  ["policies", "Certificate policies"],
  ["purpose", "Purpose"],
  ["revocation", "Revocation"],
  ["method", "Method"],
  ["scope", "Scope"],
  ["account", "Account"],
  ["strength", "Strength"],
  ["policy", "Policy"],
]);

const meanings: ReadonlyMap<string, string> = new Map([
  ["key", "The card proved that it holds the key"],
  ["path", "It leads to an issuer that is trusted here"],
  ["time", "It is valid today"],
  ["signature", "The signature fits its issuer"],
  ["constraints", "It has the rights it uses"],
  ["name_constraints", "Its names are permitted by its issuers"],
  ["purpose", "Client authentication is allowed"],
  ["revocation", "It is not on the revocation list"],
  ["method", "Certificates are switched on here"],
  ["scope", "Its issuer may sign you in"],
  ["account", "It names this account"],
  ["strength", "It is strong enough"],
  ["policy", "Nothing stands against it"],
]);
