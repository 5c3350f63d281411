import { expect, test } from "vitest";

import { scene, secondFactor } from "../../tests/scenes";
import { open, screen } from "../../tests/window";

function code(): HTMLInputElement {
  return screen.getByLabelText<HTMLInputElement>("One-time code");
}

test("the code goes out once, by its own way, and leaves the field", async () => {
  const { ipc, user } = await open(secondFactor);
  expect(document.activeElement).toBe(code());
  await user.keyboard("418 206{Enter}");
  expect(ipc.calls).toEqual([{ code: "418206" }]);
  expect(code().value).toBe("");
});

test("a code that is not whole is not sent", async () => {
  const { ipc, user } = await open(secondFactor);
  await user.keyboard("4182{Enter}");
  expect(ipc.calls).toEqual([]);
  screen.getByText("The code has six digits.");
  expect(code().value).toBe("4182");
});

test("the other way is a row with its number", async () => {
  const { ipc, user } = await open(secondFactor);
  await user.keyboard("{Alt>}[Digit1]{/Alt}");
  expect(ipc.intents).toEqual([{ intent: "askFor", method: "password" }]);
});

test("a password as second factor goes by the password's way", async () => {
  const { ipc, user } = await open({ ...secondFactor, asking: "password" });
  await user.type(screen.getByLabelText("Password for lee@meridian.example"), "horse{Enter}");
  expect(ipc.calls).toEqual([{ password: "horse" }]);
});

test("the way that is asked for changes the field and the focus", async () => {
  const { show } = await open(secondFactor);
  await show(scene({ ...secondFactor, asking: "password" }));
  expect(document.activeElement).toBe(screen.getByLabelText("Password for lee@meridian.example"));
});

test("who asks for two factors is named, and can be left", async () => {
  const { ipc, user } = await open({ ...secondFactor, application: "Payroll" });
  screen.getByText(
    "Your certificate counts as one factor. Payroll asks for two, so prove it is you in a second way.",
  );
  await user.click(screen.getByRole("button", { name: "Back to My Apps" }));
  expect(ipc.intents).toEqual([{ intent: "back" }]);
});

test("a code that was not right says so at the field", async () => {
  await open({ ...secondFactor, problem: { problem: "codeNotRight" } });
  expect(code().getAttribute("aria-invalid")).toBe("true");
  screen.getByText("That code was not right, or was used before.");
});

test("a certificate leads back to the certificates, a password to the other ways", async () => {
  const { ipc, user, show } = await open(secondFactor);
  await user.keyboard("{Escape}");
  await show(scene({ ...secondFactor, proven: ["password"], offers: ["code"] }));
  await user.keyboard("{Escape}");
  expect(ipc.intents).toEqual([{ intent: "chooseAnother" }, { intent: "otherWays" }]);
});
