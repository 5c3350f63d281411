import { within } from "@testing-library/svelte";
import { expect, test } from "vitest";

import type { CardService } from "../generated/CardService";
import { lee, leeSoft, picker, scene, troubled, yubikey } from "../../tests/scenes";
import { open, screen } from "../../tests/window";

test("the selected row has the focus, and Enter goes on with it", async () => {
  const { ipc, user } = await open(picker);
  const radios = screen.getAllByRole<HTMLInputElement>("radio");
  expect(radios.map((radio) => radio.checked)).toEqual([true, false]);
  expect(document.activeElement).toBe(radios[0]);
  await user.click(screen.getByRole("button", { name: "Continue" }));
  const { sha256 } = lee;
  expect(ipc.intents).toEqual([
    { intent: "useCertificate", sha256, remember: false, anyway: false },
  ]);
});

test("another row is chosen, remembered and used", async () => {
  const { ipc, user } = await open(picker);
  const { sha256 } = leeSoft;
  await user.click(radio(1));
  await user.click(screen.getByLabelText("Remember for this server"));
  await user.click(screen.getByRole("button", { name: "Continue" }));
  expect(ipc.intents).toEqual([
    { intent: "selectCertificate", sha256 },
    { intent: "useCertificate", sha256, remember: true, anyway: false },
  ]);
});

test("tokens are named with serial, model and the state of the PIN", async () => {
  await open(picker);
  const key = within(screen.getByRole("group", { name: "YubiKey 5 NFC" }));
  key.getByText("serial 14 202 337");
  key.getByText("PIN, 3 tries left");
  const chip = within(screen.getByRole("group", { name: "Meridian demo" }));
  chip.getByText("SoftHSM token");
  chip.getByText("Asks for its PIN");
});

test("a warning stands at its row", async () => {
  await open(picker);
  screen.getByText("Expires in 12 days. Ask your service desk for a new one.");
});

test("what does not fit is behind a button, with the reason, and cannot be chosen", async () => {
  const { user } = await open(picker);
  const disclosure = screen.getByRole("button", { name: "Not usable here (3)" });
  expect(disclosure.getAttribute("aria-expanded")).toBe("false");
  await user.click(disclosure);
  expect(disclosure.getAttribute("aria-expanded")).toBe("true");
  screen.getByText("Not made for sign-in. Its purpose is signing documents.");
  screen.getByText("Expired on 30 June 2026.");
  screen.getByText("Issued by Meridian Test CA, which this server does not accept.");
  expect(screen.getAllByRole("radio")).toHaveLength(2);
});

test("details show all that can be read", async () => {
  const { user } = await open(picker);
  await user.click(screen.getByRole("button", { name: "Details of Lee Park, slot 9A" }));
  const dialog = within(screen.getByRole("dialog", { name: "Certificate of Lee Park" }));
  dialog.getByText("CN=Lee Park,O=Meridian");
  dialog.getByText("4b:1f:09");
  dialog.getByText("3 May 2027");
  dialog.getByText(lee.sha256);
  expect(dialog.queryByRole("button", { name: "Send it anyway" })).toBeNull();
  await user.click(dialog.getByRole("button", { name: "Close" }));
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("a certificate whose key can sign is sent anyway from its details", async () => {
  const { ipc, user } = await open(picker);
  await user.click(screen.getByRole("button", { name: "Not usable here (3)" }));
  await user.click(screen.getByRole("button", { name: /^Details of Lee Park, slot 82/ }));
  await user.click(screen.getByRole("button", { name: "Send it anyway" }));
  const sha256 = "d4".repeat(32);
  expect(ipc.intents).toEqual([
    { intent: "useCertificate", sha256, remember: false, anyway: true },
  ]);
});

test("a certificate whose key cannot sign is never sent", async () => {
  const { user } = await open(picker);
  await user.click(screen.getByRole("button", { name: "Not usable here (3)" }));
  await user.click(screen.getByRole("button", { name: /^Details of Lee Park \(test\)/ }));
  screen.getByRole("dialog");
  expect(screen.queryByRole("button", { name: "Send it anyway" })).toBeNull();
});

test("a card that goes leaves its row, the focus and the choice where they are", async () => {
  const { ipc, user, show } = await open(picker);
  const first = radio(0);
  const gone = { token: yubikey, rows: [{ ...lee, gone: true }] };
  await show(scene({ ...picker, groups: [gone, ...picker.groups.slice(1)] }, undefined, []));
  expect(document.activeElement).toBe(first);
  expect(first.checked).toBe(true);
  screen.getByText("Card removed");
  await user.click(screen.getByRole("button", { name: "Continue" }));
  expect(ipc.calls).toEqual([]);
  screen.getByText("Put it back to go on, or choose another certificate.");
});

test("Continue without a choice says what to do", async () => {
  const { ipc, user } = await open({ ...picker, selected: null });
  await user.click(screen.getByRole("button", { name: "Continue" }));
  expect(ipc.calls).toEqual([]);
  screen.getByText("No certificate is chosen.");
});

test("with no certificate at hand the tokens can be read again", async () => {
  const failures = [{ module: "acme-pkcs11.so", cause: "no answer within 10 seconds" }];
  const { ipc, user } = await open({
    ...picker,
    groups: [],
    unusable: [],
    selected: null,
    failures,
  });
  screen.getByText("No certificate fits here.");
  screen.getByText("acme-pkcs11.so could not be used.");
  await user.click(screen.getByRole("button", { name: "Look again" }));
  expect(ipc.intents).toEqual([{ intent: "lookAgain" }]);
});

test("while tokens are read nothing is said to be missing", async () => {
  await open({ ...picker, groups: [], unusable: [], selected: null, searching: true });
  screen.getByText("Looking for cards and keys");
  expect(screen.queryByText("No certificate fits here.")).toBeNull();
});

test("Escape leads to the other ways", async () => {
  const { ipc, user } = await open(picker);
  await user.keyboard("{Escape}");
  expect(ipc.intents).toEqual([{ intent: "otherWays" }]);
});

function radio(index: number): HTMLInputElement {
  const found = screen.getAllByRole<HTMLInputElement>("radio")[index];
  if (found === undefined) throw new Error(`There is no radio ${index}`);
  return found;
}

test("a key that proves the card is warned of, and not for sign-in", async () => {
  await open(troubled);
  screen.getByText("Proves the card, not the person. Choose the certificate for sign-in.");
  screen.getByText("For the card");
  expect(screen.queryByText("For sign-in")).toBeNull();
});

test("a reader whose card cannot be used has a row with the next step", async () => {
  await open(troubled);
  screen.getByText("The card in Contact reader does not answer.");
  screen.getByText("scdaemon is using the card in Desk reader.");
  screen.getByText("The card in Door reader is not one to sign in with.");
});

test("a card service that was never there is told to those alone who have no certificate", async () => {
  const none: CardService = { service: "notInstalled" };
  const fact = "This computer has no card service.";
  const { show } = await open(scene(picker, undefined, [], none));
  expect(screen.queryByText(fact)).toBeNull();
  await show(scene({ ...picker, groups: [] }, undefined, [], none));
  screen.getByText(fact);
});

test.each([
  [{ service: "stopped" }, "The card service is stopped."],
  [{ service: "denied" }, "You may not use the card service."],
  [{ service: "failed", cause: "0x8010001D" }, "The card service does not work."],
] as const)("a card service that is %o is explained", async (service, fact) => {
  const { show } = await open(scene(picker, undefined, [], service));
  screen.getByText(fact);
  await show(scene(picker));
  expect(screen.queryByText(fact)).toBeNull();
});

test("a card that comes is added below and moves neither focus nor choice", async () => {
  const { show } = await open({ ...picker, groups: picker.groups.slice(0, 1) });
  const first = radio(0);
  expect(document.activeElement).toBe(first);
  await show(scene(picker));
  expect(screen.getAllByRole("radio")).toHaveLength(2);
  expect(document.activeElement).toBe(first);
  expect(first.checked).toBe(true);
});
