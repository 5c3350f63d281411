import { expect, test } from "vitest";

import { method, scene, yubikey } from "../../tests/scenes";
import { open, screen } from "../../tests/window";

test("the suggested way comes first and has the focus", async () => {
  const { ipc, user } = await open(method);
  expect(document.activeElement?.textContent).toContain("Sign in with a certificate");
  await user.keyboard("{Enter}");
  expect(ipc.intents).toEqual([{ intent: "chooseMethod", method: "certificate" }]);
});

test("Alt and a number choose a way", async () => {
  const { ipc, user } = await open(method);
  await user.keyboard("{Alt>}[Digit2]{/Alt}");
  await user.keyboard("{Alt>}[Digit9]{/Alt}");
  expect(ipc.intents).toEqual([{ intent: "chooseMethod", method: "password" }]);
});

test("the certificate's row says which tokens are ready", async () => {
  await open(method);
  screen.getByText("YubiKey 5 NFC and Meridian demo are ready");
});

test("a blocked token is not called ready", async () => {
  await open(scene(method, undefined, [{ ...yubikey, blocked: true }]));
  screen.getByText("From a card or key that you plug in");
});

test("Escape goes back to the accounts", async () => {
  const { ipc, user } = await open(method);
  await user.keyboard("{Escape}");
  expect(ipc.intents).toEqual([{ intent: "startOver" }]);
});
