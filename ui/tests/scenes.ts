// Views to test with: the demo's people on the demo's day.

import type { Badge } from "../src/generated/Badge";
import type { CardService } from "../src/generated/CardService";
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

export const lee = certificate({ slot: "PIV Authentication (9A)" });

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
      row: certificate({ sha256: "c3".repeat(32), slot: "Digital Signature (9C)" }),
      token: "YubiKey 5 NFC",
      reason: { reason: "notForSignIn", purposes: ["signing documents"] },
      canSend: true,
    },
    {
      row: certificate({ sha256: "d4".repeat(32), slot: "Retired key (82)" }),
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
  readers: [],
};

/** A picker whose first card is out of its reader. */
export const pulled: Of<"picker"> = {
  ...picker,
  groups: [
    { token: yubikey, rows: [{ ...lee, gone: true }] },
    { token: softToken, rows: [leeSoft] },
  ],
};

/** Cards that cannot be used, each for another reason. */
export const troubled: Of<"picker"> = {
  ...picker,
  groups: [
    { token: yubikey, rows: [certificate({ slot: "Card Authentication (9E)", ...cardOnly() })] },
  ],
  unusable: [],
  readers: [
    { name: "Contact reader", state: { state: "mute" } },
    { name: "Desk reader", state: { state: "inUse", by: "scdaemon" } },
    { name: "Door reader", state: { state: "otherCard" } },
  ],
};

export const pin: Of<"pin"> = {
  kind: "pin",
  token: yubikey,
  through: "reader",
  certificate: lee,
  entry: "typed",
  shortest: 6,
  longest: 8,
  digitsOnly: true,
  lastTry: false,
  factoryPin: false,
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
  through: "module",
  certificate: leeSoft,
  shortest: 4,
  longest: 255,
  digitsOnly: false,
};

/** A card in a reader with keys of its own. */
export const pinPad: Of<"pin"> = {
  ...pin,
  token: { ...yubikey, name: "Meridian card", model: "PIV card", kind: "card" },
  entry: "onReader",
};

/** A prompt whose card is out. */
export const pinPulled: Of<"pin"> = {
  ...pin,
  certificate: { ...lee, gone: true },
  problem: { problem: "removed" },
};

/** A signature that waits for a finger, four seconds in. */
export const touch: Of<"touch"> = {
  kind: "touch",
  token: yubikey,
  certificate: lee,
  server,
  application: "My Apps",
  since: now - 4,
  seconds: 15,
  certain: true,
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
  "picker-removed": scene(
    pulled,
    badge(["account", "done"], ["certificate", "now"], ["pin", "toDo"]),
    [softToken],
  ),
  "picker-troubled": scene(
    troubled,
    badge(["account", "done"], ["certificate", "now"], ["pin", "toDo"]),
    [yubikey],
  ),
  "picker-no-service": scene(
    { ...picker, groups: [], unusable: [], selected: null },
    badge(["account", "done"], ["certificate", "now"], ["pin", "toDo"]),
    [],
    { service: "stopped" },
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
  "pin-factory": scene(
    { ...pin, factoryPin: true, problem: { problem: "notTouched" } },
    badge(["account", "done"], ["certificate", "done"], ["pin", "now"]),
  ),
  "pin-removed": scene(
    pinPulled,
    badge(["account", "done"], ["certificate", "done"], ["pin", "now"]),
    [softToken],
  ),
  "pin-pad": scene(
    { ...pinPad, problem: { problem: "cancelled" } },
    badge(["account", "done"], ["certificate", "done"], ["pin", "now"]),
  ),
  "pin-pad-waiting": scene(
    { ...pinPad, busy: true },
    badge(["account", "done"], ["certificate", "done"], ["pin", "now"]),
  ),
  "pin-not-needed": scene(
    { ...pin, entry: "notNeeded", problem: { problem: "notTouched" } },
    badge(["account", "done"], ["certificate", "done"], ["signIn", "now"]),
  ),
  touch: scene(
    touch,
    badge(["account", "done"], ["certificate", "done"], ["pin", "done"], ["touch", "now"]),
    [yubikey],
  ),
  "touch-guessed": scene(
    { ...touch, token: softToken, certain: false, application: null },
    badge(["account", "done"], ["certificate", "done"], ["pin", "done"], ["touch", "now"]),
    [softToken],
  ),
  "account-nameless": scene(account, { ...nobody(), address: "lee@meridian.example" }),
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
  cardService: CardService = { service: "running" },
): View {
  return { badge: who, tokens, cardService, screen };
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

/** What a certificate of the card itself has. */
function cardOnly(): Partial<CertificateRow> {
  return { name: "Card 337", address: null, warning: { warning: "provesCardOnly" } };
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
