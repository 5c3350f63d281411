// Why a sign-in ended, as a title and a next step.

import type { Action } from "../generated/Action";
import type { ErrorScreen } from "../generated/ErrorScreen";
import type { Fault } from "../generated/Fault";
import { checkName, outcomeWord } from "./checks";
import { type Refusal, refusal } from "./refusals";

/** The title and the next step. */
export function faultText(fault: Fault): Refusal {
  switch (fault.fault) {
    case "refused":
      return refusal(fault.code);
    case "notAsked":
      return {
        title: "The server did not ask for a certificate",
        next: "Check the server's address, or use your password.",
      };
    case "handshake":
      return {
        title: "The secure connection was not made",
        next: "The server and this certificate did not come to terms. Choose another, or try again.",
      };
    case "unreachable":
      return {
        title: "The server gives no answer",
        next: "Check the network and the server's address, then try again.",
      };
    case "protocol":
      return {
        title: "The server's answer was not understood",
        next: "Try again. If it stays so, give your service desk the details below.",
      };
    case "token":
      return {
        title: "The card did not sign",
        next: "Take it out and put it back, then try again, or choose another certificate.",
      };
  }
}

/** The server's code, for a refusal. */
export function faultCode(fault: Fault): string | null {
  return fault.fault === "refused" ? String(fault.code) : null;
}

/** What a part of the machinery said, for all but a refusal. */
export function faultCause(fault: Fault): string | null {
  switch (fault.fault) {
    case "refused":
    case "notAsked":
      return null;
    case "handshake":
    case "unreachable":
    case "protocol":
    case "token":
      return fault.cause;
  }
}

/** What a button of the error screen says. */
export function actionLabel(action: Action): string {
  switch (action) {
    case "chooseAnother":
      return "Choose another certificate";
    case "otherWays":
      return "Other ways to sign in";
    case "tryAgain":
      return "Try again";
    case "startOver":
      return "Start again";
  }
}

/** The text that "Copy details" puts on the clipboard; its times stay exact, in UTC. */
export function copiedDetails(error: ErrorScreen): string {
  const lines = [faultText(error.fault).title];
  const code = faultCode(error.fault);
  const cause = faultCause(error.fault);
  if (code !== null) lines.push(`Code: ${code}`);
  if (cause !== null) lines.push(`Cause: ${cause}`);
  if (error.correlationId !== null) lines.push(`Correlation ID: ${error.correlationId}`);
  lines.push(`Time: ${new Date(error.at * 1000).toISOString()}`);
  for (const { check, outcome, certificate, expected, found } of error.checks) {
    const values = [
      certificate === null ? "" : `certificate ${certificate}`,
      expected === null ? "" : `expected ${expected}`,
      found === null ? "" : `found ${found}`,
    ].filter((value) => value !== "");
    lines.push([`${checkName(check)}: ${outcomeWord(outcome)}`, ...values].join("; "));
  }
  return lines.join("\n");
}

export const error = {
  code: "Code",
  cause: "Cause",
  correlationId: "Correlation ID",
  copy: "Copy details",
  copied: "Copied",
  copiedAnnouncement: "Details copied",
  actions: "What you can do",
};
