// The message catalogue: every word the window says, as plain typed functions. What happened, then
// what to do; sentence case, no exclamation, no blame.

import type { Doing } from "./generated/Doing";
import type { Method } from "./generated/Method";
import type { Proof } from "./generated/Proof";
import type { ProofState } from "./generated/ProofState";
import type { SignedIn } from "./generated/SignedIn";
import type { TokenLabel } from "./generated/TokenLabel";
import { moment } from "./words/dates";
import { yours } from "./words/tokens";

export * from "./words/certificates";
export * from "./words/checks";
export * from "./words/dates";
export * from "./words/faults";
export * from "./words/pin";
export * from "./words/problems";
export * from "./words/refusals";
export * from "./words/tokens";
export * from "./words/touch";

export const app = {
  name: "Lanyard",
  noAnswer: "Lanyard does not answer.",
  noAnswerNext: "Close this window and open it again.",
};

export const badge = {
  label: "You",
  nobody: "Nobody yet",
  begin: "Choose an account to begin",
  progress: "Sign-in progress",
  tokens: "Cards and keys",
  noToken: "No card or key plugged in",
};

export const account = {
  title: "Who is signing in?",
  choose: "Choose an account you have used on this computer.",
  enter: "Enter your username to begin.",
  first: "Enter your server and your username to begin.",
  recent: "Accounts used on this computer",
  another: "Use another account",
  username: "Username",
  placeholder: "name@example.com",
  server: "Server",
  serverPlaceholder: "login.example.com",
  primary: "Next",
  busy: "Asking the server",
  signedIn: "Signed in",
  signingInTo: (host: string): string => `Signing in to ${host}`,
  change: "Change server",
  forget: (name: string): string => `Forget ${name}`,
  forgetTitle: (name: string): string => `Forget ${name}?`,
  forgetNote: "This account is signed in. Forgetting it signs it out on this computer.",
  forgetConfirm: "Forget and sign out",
  keep: "Keep it",
};

export const method = {
  title: "How do you want to sign in?",
  lead: "Choose the way that suits you.",
  ways: "Ways to sign in",
  another: "Another account",
};

export const password = {
  title: "Enter your password",
  lead: "Or choose another way that suits you better.",
  label: (address: string | null): string =>
    address === null ? "Password" : `Password for ${address}`,
  missing: "The password is missing.",
  primary: "Sign in",
  busy: "Checking",
  otherWays: "Other ways to sign in",
};

export const secret = {
  show: { pin: "Show the PIN", password: "Show the password" },
  hide: { pin: "Hide the PIN", password: "Hide the password" },
};

export const secondFactor = {
  title: "One more step",
  code: "One-time code",
  codeHint: "Six digits from your authenticator app.",
  codeMissing: "The code has six digits.",
  primary: "Continue",
  busy: "Checking",
  otherWays: "Other ways",
  chooseAnother: "Choose another certificate",
  back: "Back",
  backToApps: "Back to My Apps",
  chooseCertificate: "Choose a certificate",
  certificateHint: "Your certificate is the second factor.",
};

export const progress = { cancel: "Cancel" };

export const signedIn = {
  title: "My Apps",
  navigation: "Pages",
  switch: "Use another account",
  search: "Find an app",
  until: (at: number, now: number): string => `You are signed in until ${moment(at, now)}`,
  factors: "Factors",
  certificate: "Certificate",
  issuer: "Issued by",
  since: "Since",
  signOut: "Sign out",
  apps: "Your apps",
  loading: "Getting your apps",
  noApps: "There are no apps for you yet.",
  noAppsNext: "Ask your service desk which ones you may use.",
  noMatch: (words: string): string => `No app matches \u201c${words}\u201d.`,
  refresh: "Try again",
  twoFactors: "Asks for two factors",
  opening: "Opening in your browser",
  openOutside: "opens in your browser",
  note: "Apps open in your browser, already signed in",
  memoryOnly: "This sign-in lasts until Lanyard closes.",
  memoryOnlyNext: "This computer's keyring cannot be used, so nothing is kept on it.",
};

/** A way to sign in, as a row: its name and one line. */
export function way(which: Method, tokens: readonly TokenLabel[]): { name: string; line: string } {
  switch (which) {
    case "certificate":
      return { name: "Sign in with a certificate", line: ready(tokens) };
    case "password":
      return { name: "Use your password", line: "The one of your account" };
    case "code":
      return { name: "Use a one-time code", line: "From your authenticator app" };
  }
}

/** A factor, where factors are listed. */
export function factor(which: Method): string {
  switch (which) {
    case "certificate":
      return "Certificate";
    case "password":
      return "Password";
    case "code":
      return "One-time code";
  }
}

/** A line of the badge. */
export function proof(which: Proof, state: ProofState): string {
  return state === "failed" ? `${proofName(which)} refused` : proofName(which);
}

/** How far a line of the badge got, for those who do not see its icon. */
export function proofState(state: ProofState): string {
  switch (state) {
    case "toDo":
      return "to do";
    case "now":
      return "now";
    case "done":
      return "done";
    case "failed":
      return "failed";
  }
}

/** Why a second factor is asked for. */
export function secondFactorLead(proven: readonly Method[], application: string | null): string {
  const had = proven.map((one) => factor(one).toLowerCase()).join(" and ");
  const first = had === "" ? "One factor is proven." : `Your ${had} counts as one factor.`;
  return `${first} ${application ?? "This sign-in"} asks for two, so prove it is you in a second way.`;
}

/** What takes a while. */
export function progressText(doing: Doing): { title: string; line: string } {
  switch (doing) {
    case "starting":
      return { title: "One moment", line: "Looking for a sign-in on this computer." };
    case "contacting":
      return { title: "Asking the server", line: "It says which ways to sign in it takes." };
    case "signing":
      return { title: "Signing in", line: "Your card signs, and the server checks it." };
    case "finishing":
      return { title: "Almost there", line: "Your sign-in is being kept on this computer." };
    case "signingOut":
      return { title: "Signing out", line: "Here and at the server." };
  }
}

/** "with your YubiKey, at multi-factor strength". */
export function signedInHow(session: SignedIn): string {
  const strength =
    session.strength === "multiFactor" ? "at multi-factor strength" : "at single-factor strength";
  const { certificate, factors } = session;
  const means =
    certificate === null
      ? factors.map(factor).join(" and ").toLowerCase()
      : yours(certificate.token);
  return means === "" ? strength : `with ${means}, ${strength}`;
}

function proofName(which: Proof): string {
  switch (which) {
    case "account":
      return "Account";
    case "certificate":
      return "Certificate";
    case "pin":
      return "PIN";
    case "touch":
      return "Touch";
    case "password":
      return "Password";
    case "code":
      return "One-time code";
    case "signIn":
      return "Sign-in";
  }
}

function ready(tokens: readonly TokenLabel[]): string {
  const names = tokens.filter((token) => !token.blocked).map((token) => token.name);
  const last = names.at(-1);
  if (last === undefined) return "From a card or key that you plug in";
  if (names.length === 1) return `${last} is ready`;
  return `${names.slice(0, -1).join(", ")} and ${last} are ready`;
}
