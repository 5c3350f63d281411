import { expect, test } from "vitest";

import { lastTry, pin, scene, softPin, yubikey } from "../../tests/scenes";
import { open, screen } from "../../tests/window";

function field(): HTMLInputElement {
  return screen.getByLabelText<HTMLInputElement>("PIN");
}

test("the PIN goes out once, by its own way, and leaves the field", async () => {
  const { ipc, user } = await open(pin);
  expect(document.activeElement).toBe(field());
  await user.keyboard("123456{Enter}");
  expect(ipc.calls).toEqual([{ pin: "123456" }]);
  expect(field().value).toBe("");
});

test("what was typed is nowhere in the page once it is sent", async () => {
  const { user } = await open(softPin);
  await user.type(field(), "u7-Vex{Enter}");
  expect(document.documentElement.outerHTML).not.toContain("u7-Vex");
});

test("a PIN of the wrong length costs no try", async () => {
  const { ipc, user } = await open(pin);
  await user.keyboard("12345{Enter}");
  expect(ipc.calls).toEqual([]);
  screen.getByText("That PIN has the wrong length.");
  expect(field().value).toBe("12345");
});

test("letters cost no try where only digits are taken", async () => {
  const { ipc, user } = await open(pin);
  await user.keyboard("12345x{Enter}");
  expect(ipc.calls).toEqual([]);
  screen.getByText("This PIN has digits only.");
});

test("a token that takes any characters gets them", async () => {
  const { ipc, user } = await open(softPin);
  await user.keyboard("p\u00e4ss{Enter}");
  expect(ipc.calls).toEqual([{ pin: "p\u00e4ss" }]);
});

test("tries are shown as the token tells them", async () => {
  await open({ ...pin, token: { ...yubikey, triesLeft: 2 } });
  screen.getByText("2 tries left");
  expect(document.querySelectorAll(".pip")).toHaveLength(3);
  expect(document.querySelectorAll(".pip.left")).toHaveLength(2);
});

test("a token that gives no number shows no pips and no number", async () => {
  await open({ ...softPin, problem: { problem: "wrong", triesLeft: null } });
  screen.getByText("That PIN was not right.");
  expect(screen.queryByText(/left/)).toBeNull();
  expect(document.querySelector(".pip")).toBeNull();
});

test("a wrong PIN says how many tries are left and takes the cursor back", async () => {
  const { user, show } = await open(pin);
  await user.type(field(), "123456");
  await user.click(screen.getByRole("button", { name: "Use this PIN" }));
  await show(scene({ ...pin, busy: true }));
  const token = { ...yubikey, triesLeft: 2 };
  await show(scene({ ...pin, token, problem: { problem: "wrong", triesLeft: 2 } }));
  screen.getByText("That PIN was not right; 2 tries left.");
  expect(document.activeElement).toBe(field());
});

test("the last try waits for the person to be sure", async () => {
  const { ipc, user } = await open(lastTry);
  screen.getByText("A wrong PIN now blocks this card.");
  await user.keyboard("123456{Enter}");
  expect(ipc.calls).toEqual([]);
  const primary = screen.getByRole<HTMLButtonElement>("button", { name: "Use this PIN" });
  expect(primary.disabled).toBe(true);
  await user.click(screen.getByLabelText("I am sure of this PIN"));
  expect(primary.disabled).toBe(false);
  await user.click(primary);
  expect(ipc.calls).toEqual([{ pin: "123456" }]);
});

test("being sure holds for one try", async () => {
  const { ipc, user } = await open(lastTry);
  await user.type(field(), "123456");
  await user.click(screen.getByLabelText("I am sure of this PIN"));
  await user.type(field(), "{Enter}");
  await user.type(field(), "654321{Enter}");
  expect(ipc.calls).toEqual([{ pin: "123456" }]);
});

test("a blocked card has no field and two ways on", async () => {
  const { ipc, user } = await open({ ...pin, problem: { problem: "blocked" } });
  screen.getByText("This card is blocked.");
  expect(screen.queryByLabelText("PIN")).toBeNull();
  await user.click(screen.getByRole("button", { name: "Choose another certificate" }));
  await user.click(screen.getByRole("button", { name: "Other ways" }));
  expect(ipc.intents).toEqual([{ intent: "chooseAnother" }, { intent: "otherWays" }]);
});

test("a card that is taken out says so", async () => {
  const token = { ...yubikey, name: "", serial: null, model: null };
  await open({ ...pin, token, problem: { problem: "removed" } });
  screen.getByRole("heading", { name: "Enter the PIN" });
  screen.getByText("The card was removed.");
});

test("nothing is sent while the card works", async () => {
  const { ipc, user } = await open({ ...pin, busy: true });
  await user.click(screen.getByRole("button", { name: "The card is working" }));
  expect(ipc.calls).toEqual([]);
});

test("Escape goes one step back", async () => {
  const { ipc, user } = await open(pin);
  await user.keyboard("{Escape}");
  expect(ipc.intents).toEqual([{ intent: "back" }]);
});
