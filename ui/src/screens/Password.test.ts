import { expect, test } from "vitest";

import { password, scene } from "../../tests/scenes";
import { open, screen } from "../../tests/window";

function field(): HTMLInputElement {
  return screen.getByLabelText<HTMLInputElement>("Password for lee@meridian.example");
}

test("the password goes out once, by its own way, and leaves the field", async () => {
  const { ipc, user } = await open(password);
  expect(document.activeElement).toBe(field());
  await user.keyboard("correct horse{Enter}");
  expect(ipc.calls).toEqual([{ password: "correct horse" }]);
  expect(field().value).toBe("");
});

test("a password can be shown, and is hidden again when it is sent", async () => {
  const { user } = await open(password);
  await user.type(field(), "secret");
  expect(field().type).toBe("password");
  await user.click(screen.getByRole("button", { name: /^Show/ }));
  expect(field().type).toBe("text");
  await user.type(field(), "{Enter}");
  expect(field().type).toBe("password");
});

test("an empty password is not sent", async () => {
  const { ipc, user } = await open(password);
  await user.keyboard("{Enter}");
  expect(ipc.calls).toEqual([]);
  expect(field().getAttribute("aria-invalid")).toBe("true");
  screen.getByText("The password is missing.");
});

test("a wrong password brings the cursor back to the field", async () => {
  const { user, show } = await open(password);
  await user.type(field(), "wrong");
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  await show(scene({ ...password, busy: true }));
  await show(scene({ ...password, problem: { problem: "notRight" } }));
  expect(document.activeElement).toBe(field());
  screen.getByText("The username or password was not right.");
});

test("too many tries say how long to wait", async () => {
  await open({ ...password, problem: { problem: "slowDown", seconds: 600 } });
  screen.getByText(/Try again in 10 minutes\./);
});

test("nothing is sent while the server checks", async () => {
  const { ipc, user } = await open({ ...password, busy: true });
  await user.click(screen.getByRole("button", { name: "Checking" }));
  expect(ipc.calls).toEqual([]);
});

test("Escape leads to the other ways", async () => {
  const { ipc, user } = await open(password);
  await user.keyboard("{Escape}");
  expect(ipc.intents).toEqual([{ intent: "otherWays" }]);
});
