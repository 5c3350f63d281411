import { expect, test } from "vitest";

import { lastTry, lee, pin, pinPad, pinPulled, scene, softPin, yubikey } from "../../tests/scenes";
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

test("a blocked card says who can unblock it", async () => {
  const { show } = await open({ ...pin, problem: { problem: "blocked" } });
  screen.getByText(/lanyard pin unblock/);
  await show(scene({ ...softPin, problem: { problem: "blocked" } }));
  expect(screen.queryByText(/lanyard pin unblock/)).toBeNull();
  screen.getByText(/^Ask your service desk to unblock it/);
});

test("a card that is pulled says so, forgets what was typed and presses nothing", async () => {
  const { ipc, user, show } = await open(pin);
  await user.keyboard("1234");
  await show(scene(pinPulled));
  screen.getByText("The card was removed.");
  expect(screen.queryByLabelText("PIN")).toBeNull();
  expect(document.activeElement).toBe(screen.getByRole("heading", { level: 1 }));
  await user.keyboard("56{Enter}");
  expect(ipc.calls).toEqual([]);
  await show(scene(pin));
  expect(document.activeElement).toBe(field());
  expect(field().value).toBe("");
});

test("a card that is back before its removal is told of keeps the field", async () => {
  await open({ ...pin, problem: { problem: "removed" } });
  screen.getByText("The card was removed.");
  expect(document.activeElement).toBe(field());
});

test("a token that is unknown by now still has a title", async () => {
  const token = { ...yubikey, name: "", serial: null, model: null };
  await open({ ...pinPulled, token });
  screen.getByRole("heading", { name: "Enter the PIN" });
});

test("on a reader with keys there is no field, and the person starts it", async () => {
  const { ipc, user, show } = await open(pinPad);
  screen.getByRole("heading", { name: "Enter the PIN on the reader" });
  expect(screen.queryByLabelText("PIN")).toBeNull();
  screen.getByText("3 tries left");
  await user.keyboard("{Enter}");
  expect(ipc.intents).toEqual([{ intent: "unlock" }]);
  await show(scene({ ...pinPad, busy: true }));
  screen.getByText("The reader is waiting for the PIN.");
  await user.click(screen.getByRole("button", { name: "The reader is waiting" }));
  await user.keyboard("{Escape}");
  expect(ipc.intents).toEqual([{ intent: "unlock" }, { intent: "back" }]);
});

test("a reader's last try waits for the person to be sure too", async () => {
  const { ipc, user } = await open({ ...pinPad, lastTry: true });
  const start = screen.getByRole<HTMLButtonElement>("button", { name: "Start the reader" });
  expect(start.disabled).toBe(true);
  await user.click(screen.getByLabelText("I am sure of this PIN"));
  await user.click(start);
  expect(ipc.intents).toEqual([{ intent: "unlock" }]);
});

test("giving up on the reader is no wrong PIN", async () => {
  await open({ ...pinPad, problem: { problem: "cancelled" } });
  screen.getByText("No PIN was entered on the reader.");
});

test("a key that wants no PIN asks for none, though the PIN is blocked", async () => {
  const token = { ...yubikey, blocked: true };
  const { ipc, user } = await open({ ...pin, token, entry: "notNeeded", lastTry: true });
  screen.getByRole("heading", { name: "Sign in with your YubiKey" });
  expect(screen.queryByLabelText("PIN")).toBeNull();
  await user.click(screen.getByRole("button", { name: "Sign in" }));
  expect(ipc.intents).toEqual([{ intent: "unlock" }]);
});

test("a factory PIN is to be changed, where that can be done", async () => {
  const { show } = await open({ ...pin, factoryPin: true });
  screen.getByText("This card still has its factory PIN.");
  screen.getByText("Change it: lanyard pin change");
  await show(scene(pin));
  expect(screen.queryByText(/factory/)).toBeNull();
});

test.each([
  ["scdaemon", "scdaemon is using this card."],
  [null, "Another program is using this card."],
])("a card that %s keeps is said to be", async (by, said) => {
  await open({ ...pin, certificate: lee, problem: { problem: "inUse", by } });
  screen.getByText(said);
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
