import { expect, test } from "vitest";

import { now, signedIn, yubikey } from "../tests/scenes";
import * as words from "./words";

const codes = [
  500171, 500172, 500173, 500174, 500175, 500176, 500177, 500178, 500179, 50034, 50192, 130501,
  1001003, 500187, 53003, 50074, 50076, 2205015, 50126, 50089,
];

test.each(codes)("%i has words of its own", (code) => {
  const said = words.refusal(code);
  expect(said).not.toEqual(words.refusal(1));
  expect(said.next).toMatch(/\.$/);
  expect(`${said.title}${said.next}`).not.toMatch(/!|simply|please|invalid/i);
});

test("a code that nobody knows still gets a next step", () => {
  expect(words.refusal(1)).toEqual({
    title: "The server refused this sign-in",
    next: "Try another way to sign in, or give your service desk the code and the correlation ID.",
  });
});

test("an unknown account reads like one that is switched off", () => {
  expect(words.refusal(50034)).toEqual(words.refusal(50057));
});

test("days and hours are written for people", () => {
  expect(words.until(signedIn.certificate?.notAfter ?? 0)).toBe("until 3 May 2027");
  expect(words.moment(signedIn.until, now)).toBe("18:40 today");
  expect(words.moment(signedIn.until + 86_400, now)).toBe("18:40 on 23 September 2026");
});

test("a server's times are written for people, its words are kept", () => {
  expect(words.readable("valid until 2026-06-30T23:59:59Z; now 2026-09-22T08:12:31+00:00")).toBe(
    "valid until 30 June 2026; now 22 September 2026, 08:12",
  );
  expect(words.readable("CRL 412")).toBe("CRL 412");
});

test("digits of a serial stand in groups of three, other serials stay", () => {
  expect(words.grouped("14202337")).toBe("14\u00a0202\u00a0337");
  expect(words.grouped("d1c0ffee00112233")).toBe("d1c0ffee00112233");
});

test("a slot of a card is called by its number, other places stay", () => {
  expect(words.place("PIV Authentication (9A)")).toBe("slot 9A");
  expect(words.place("Retired key 20 (95)")).toBe("slot 95");
  expect(words.place("Lee's key (new)")).toBe("Lee's key (new)");
});

test("no trouble has no words", () => {
  expect(words.cardServiceText({ service: "running" })).toBeNull();
  expect(words.readerText({ name: "Contact reader", state: { state: "empty" } })).toBeNull();
  expect(words.readerText({ name: "Contact reader", state: { state: "read" } })).toBeNull();
});

test("one try is a try, two are tries", () => {
  expect(words.triesLeft(1)).toBe("1 try left");
  expect(words.pinState({ ...yubikey, triesLeft: 2 })).toBe("PIN, 2 tries left");
  expect(words.pinState({ ...yubikey, triesLeft: null })).toBe("Asks for its PIN");
  expect(words.pinState({ ...yubikey, blocked: true })).toBe("PIN blocked");
});

test("a certificate that ends today says so", () => {
  expect(words.warningText({ warning: "expiresSoon", days: 0 })).toMatch(/^Expires today\./);
  expect(words.warningText({ warning: "expiresSoon", days: 1 })).toMatch(/^Expires in 1 day\./);
});

test("a check that nobody knows keeps the server's word", () => {
  expect(words.checkName("revocation")).toBe("Revocation");
  expect(words.checkName("geofence")).toBe("Geofence");
});
