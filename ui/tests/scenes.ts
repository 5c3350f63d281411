// Views to test with: the demo's people on the demo's day.

import type { Badge } from "../src/generated/Badge";
import type { CertificateRow } from "../src/generated/CertificateRow";
import type { Proof } from "../src/generated/Proof";
import type { ProofState } from "../src/generated/ProofState";
import type { Screen } from "../src/generated/Screen";
import type { TokenLabel } from "../src/generated/TokenLabel";
import type { View } from "../src/generated/View";

/** The screen of one kind. */
export type Of<Kind extends Screen["kind"]> = Extract<Screen, { kind: Kind }>;

/** Noon of the demo's day, in Unix seconds. */
export const now = at("2026-09-22T12:00:00Z");

export const server = "https://login.meridian.example";

export const yubikey: TokenLabel = {
  name: "YubiKey 5 NFC",
  model: "YubiKey 5 NFC",
  serial: "14202337",
  kind: "key",
  triesLeft: 3,
  blocked: false,
};

export const softToken: TokenLabel = {
  name: "Meridian demo",
  model: "SoftHSM token",
  serial: "d1c0ffee00112233",
  kind: "chip",
  triesLeft: null,
  blocked: false,
};

export const lee = certificate({ slot: "9A" });

export const leeSoft = certificate({
  sha256: "b2".repeat(32),
  notAfter: at("2026-10-04T12:00:00Z"),
  warning: { warning: "expiresSoon", days: 12 },
});

export const account: Of<"account"> = {
  kind: "account",
  server,
  username: "",
  recent: [
    { server, username: "lee@meridian.example", name: "Lee Park", signedIn: true },
    { server, username: "sam@meridian.example", name: "Sam Ortiz", signedIn: false },
    { server, username: "noor@meridian.example", name: null, signedIn: false },
  ],
  problem: null,
  busy: false,
};

export const method: Of<"method"> = {
  kind: "method",
  methods: ["certificate", "password", "code"],
};

export const picker: Of<"picker"> = {
  kind: "picker",
  host: "certauth.login.meridian.example",
  groups: [
    { token: yubikey, rows: [lee] },
    { token: softToken, rows: [leeSoft] },
  ],
  unusable: [
    {
      row: certificate({ sha256: "c3".repeat(32), slot: "9C" }),
      token: "YubiKey 5 NFC",
      reason: { reason: "notForSignIn", purposes: ["signing documents"] },
      canSend: true,
    },
    {
      row: certificate({ sha256: "d4".repeat(32), slot: "82" }),
      token: "YubiKey 5 NFC",
      reason: { reason: "expired", at: at("2026-06-30T12:00:00Z") },
      canSend: true,
    },
    {
      row: certificate({ sha256: "e5".repeat(32), name: "Lee Park (test)" }),
      token: "Meridian demo",
      reason: { reason: "wrongIssuer", issuer: "Meridian Test CA" },
      canSend: false,
    },
  ],
  selected: lee.sha256,
  searching: false,
  failures: [],
};

export const pin: Of<"pin"> = {
  kind: "pin",
  token: yubikey,
  certificate: lee,
  shortest: 6,
  longest: 8,
  digitsOnly: true,
  lastTry: false,
  problem: null,
  busy: false,
};

export const lastTry: Of<"pin"> = {
  ...pin,
  token: { ...yubikey, triesLeft: 1 },
  lastTry: true,
};

/** A PIN of a token that gives no number of tries. */
export const softPin: Of<"pin"> = {
  ...pin,
  token: softToken,
  certificate: leeSoft,
  shortest: 4,
  longest: 255,
  digitsOnly: false,
};

export const password: Of<"password"> = { kind: "password", problem: null, busy: false };

export const secondFactor: Of<"secondFactor"> = {
  kind: "secondFactor",
  proven: ["certificate"],
  offers: ["code", "password"],
  asking: "code",
  application: null,
  problem: null,
  busy: false,
};

export const progress: Of<"progress"> = { kind: "progress", doing: "signing" };

export const signedIn: Of<"signedIn"> = {
  kind: "signedIn",
  server,
  name: "Lee Park",
  username: "lee@meridian.example",
  tenant: "Meridian",
  since: at("2026-09-22T08:41:00Z"),
  until: at("2026-09-22T18:40:00Z"),
  strength: "multiFactor",
  factors: ["certificate"],
  certificate: {
    sha256: lee.sha256,
    issuer: "Meridian Issuing CA 1",
    notAfter: lee.notAfter,
    token: "YubiKey 5 NFC",
  },
  apps: [
    { id: "payroll", name: "Payroll", description: "Payslips and tax papers", multiFactor: true },
    { id: "travel", name: "Travel", description: "Trips and expenses", multiFactor: false },
    { id: "source", name: "Source", description: "Code and reviews", multiFactor: false },
    { id: "handbook", name: "Handbook", description: "How Meridian works", multiFactor: false },
    { id: "timesheet", name: "Timesheet", description: "Hours and leave", multiFactor: false },
    { id: "desk", name: "Service desk", description: "Ask for a new card", multiFactor: false },
  ],
  memoryOnly: false,
  problem: null,
  opening: null,
};

export const error: Of<"error"> = {
  kind: "error",
  fault: { fault: "refused", code: 500171 },
  correlationId: "7c1f0e52-9b4d-4a18-b6f3-2e5d90c7a841",
  at: at("2026-09-22T08:12:31Z"),
  checks: [
    line("key", "passed"),
    line("path", "passed", "Lee Park, Meridian Issuing CA 1, Meridian Root CA"),
    line("time", "passed", "from 2024-11-09T00:00:00Z until 2026-11-09T00:00:00Z"),
    line("purpose", "passed"),
    {
      check: "revocation",
      outcome: "failed",
      certificate: "Lee Park",
      expected: "not on CRL 412 of Meridian Issuing CA 1",
      found: "revoked at 2026-09-18T09:30:00Z, superseded",
    },
    line("account", "not_checked"),
  ],
  actions: ["chooseAnother", "otherWays", "tryAgain"],
};

/** Every screen, by the name its pictures have. */
export const scenes = {
  account: scene(account, nobody()),
  "account-first": scene({ ...account, server: "", recent: [] }, nobody(), []),
  "account-problem": scene(
    { ...account, username: "lee", problem: { problem: "usernameMissing" } },
    nobody(),
  ),
  method: scene(method, badge(["account", "done"], ["signIn", "toDo"])),
  picker: scene(picker, badge(["account", "done"], ["certificate", "now"], ["pin", "toDo"])),
  "picker-empty": scene(
    {
      ...picker,
      groups: [],
      unusable: [],
      selected: null,
      failures: [{ module: "acme-pkcs11.so", cause: "no answer within 10 seconds" }],
    },
    badge(["account", "done"], ["certificate", "now"], ["pin", "toDo"]),
    [],
  ),
  pin: scene(lastTry, badge(["account", "done"], ["certificate", "done"], ["pin", "now"])),
  "pin-no-number": scene(
    { ...softPin, problem: { problem: "wrong", triesLeft: null } },
    badge(["account", "done"], ["certificate", "done"], ["pin", "now"]),
  ),
  "pin-blocked": scene(
    { ...pin, token: { ...yubikey, triesLeft: 0, blocked: true }, problem: { problem: "blocked" } },
    badge(["account", "done"], ["certificate", "done"], ["pin", "failed"]),
  ),
  password: scene(password, badge(["account", "done"], ["password", "now"], ["signIn", "toDo"])),
  "second-factor": scene(
    secondFactor,
    badge(["account", "done"], ["certificate", "done"], ["pin", "done"], ["code", "now"]),
  ),
  progress: scene(
    progress,
    badge(["account", "done"], ["certificate", "done"], ["pin", "done"], ["signIn", "now"]),
  ),
  "signed-in": scene(signedIn, badge(["account", "done"], ["signIn", "done"]), [yubikey]),
  "signed-in-memory": scene(
    {
      ...signedIn,
      factors: ["password", "code"],
      certificate: null,
      memoryOnly: true,
      apps: null,
      problem: { problem: "unreachable", cause: "connection refused" },
    },
    badge(["account", "done"], ["signIn", "done"]),
  ),
  error: scene(error, badge(["account", "done"], ["certificate", "failed"], ["signIn", "toDo"])),
  "error-unreachable": scene(
    {
      ...error,
      fault: { fault: "unreachable", cause: "connection refused" },
      correlationId: null,
      checks: [],
      actions: ["tryAgain", "startOver"],
    },
    badge(["account", "done"], ["signIn", "failed"]),
  ),
} satisfies Record<string, View>;

/** The name of a scene. */
export type SceneName = keyof typeof scenes;

/** A view of one screen. */
export function scene(
  screen: Screen,
  who: Badge = badge(),
  tokens: TokenLabel[] = [yubikey, softToken],
): View {
  return { badge: who, tokens, screen };
}

/** Lee's badge with these lines. */
export function badge(...proofs: (readonly [Proof, ProofState])[]): Badge {
  return {
    name: "Lee Park",
    address: "lee@meridian.example",
    tenant: "Meridian",
    proofs: proofs.map(([proof, state]) => ({ proof, state })),
  };
}

/** A certificate of Lee's, but for what is given. */
export function certificate(but: Partial<CertificateRow> = {}): CertificateRow {
  return {
    sha256: "a1".repeat(32),
    name: "Lee Park",
    address: "lee@meridian.example",
    issuer: "Meridian Issuing CA 1",
    slot: null,
    notBefore: at("2024-11-09T00:00:00Z"),
    notAfter: at("2027-05-03T12:00:00Z"),
    warning: null,
    gone: false,
    details: {
      subject: "CN=Lee Park,O=Meridian",
      issuer: "CN=Meridian Issuing CA 1,O=Meridian",
      serial: "4b:1f:09",
      principalNames: ["lee@meridian.example"],
      emails: ["lee@meridian.example"],
      key: "RSA 2048",
      purposes: ["client authentication"],
      policies: ["1.3.6.1.4.1.99999.1.2"],
    },
    ...but,
  };
}

function nobody(): Badge {
  const waiting = badge(["account", "now"], ["certificate", "toDo"], ["pin", "toDo"]);
  return { ...waiting, name: null, address: null, tenant: null };
}

function line(check: string, outcome: "passed" | "not_checked", found: string | null = null) {
  return { check, outcome, certificate: null, expected: null, found };
}

function at(stamp: string): number {
  return Date.parse(stamp) / 1000;
}
