import { expect, test } from "vitest";

import { account, scene, server } from "../../tests/scenes";
import { open, screen } from "../../tests/window";

const first = { ...account, server: "", recent: [] };

test("an account of this computer signs in with one press", async () => {
  const { ipc, user } = await open(account);
  const row = screen.getByRole("button", { name: /^Sam Ortiz/ });
  await user.click(row);
  expect(ipc.intents).toEqual([
    { intent: "enterAccount", server, username: "sam@meridian.example" },
  ]);
});

test("the first account has the focus, and Enter takes it", async () => {
  const { ipc, user } = await open(account);
  expect(document.activeElement).toBe(screen.getByRole("button", { name: /^Lee Park/ }));
  await user.keyboard("{Enter}");
  expect(ipc.intents).toHaveLength(1);
});

test("on a fresh computer server and username are asked for", async () => {
  const { ipc, user } = await open(first);
  expect(document.activeElement).toBe(screen.getByLabelText("Server"));
  await user.keyboard(" login.localhost:8443 {Tab}lee@meridian.example{Enter}");
  expect(ipc.intents).toEqual([
    { intent: "enterAccount", server: "login.localhost:8443", username: "lee@meridian.example" },
  ]);
});

test("a known server is named, and can be changed", async () => {
  const { ipc, user } = await open(account);
  screen.getByText("Signing in to login.meridian.example");
  expect(screen.queryByLabelText("Server")).toBeNull();
  await user.click(screen.getByRole("button", { name: "Change server" }));
  const field = screen.getByLabelText("Server");
  await user.clear(field);
  await user.type(field, "other.example");
  await user.type(screen.getByLabelText("Use another account"), "kim@other.example{Enter}");
  expect(ipc.intents).toEqual([
    { intent: "enterAccount", server: "other.example", username: "kim@other.example" },
  ]);
});

test("a problem with the server stands at its field, which takes the focus", async () => {
  const { show } = await open(account);
  await show(scene({ ...account, problem: { problem: "serverAddress" } }));
  const field = screen.getByLabelText("Server");
  expect(field.getAttribute("aria-invalid")).toBe("true");
  expect(document.activeElement).toBe(field);
  expect(screen.getByLabelText("Use another account").getAttribute("aria-invalid")).toBe("false");
});

test("being signed out is said as a fact and a next step", async () => {
  await open({ ...account, problem: { problem: "signedOut" } });
  const alerts = screen.getAllByRole("alert").map((alert) => alert.textContent);
  expect(alerts).toContainEqual(expect.stringContaining("You are signed out on this computer."));
  screen.getByText("Sign in again to open your apps.");
});

test("nothing is asked twice while the server is asked", async () => {
  const { ipc, user } = await open({ ...account, busy: true, username: "lee@meridian.example" });
  await user.click(screen.getByRole("button", { name: "Asking the server" }));
  await user.click(screen.getByRole("button", { name: /^Sam Ortiz/ }));
  expect(ipc.calls).toEqual([]);
});

test("an account that is out is forgotten at once", async () => {
  const { ipc, user } = await open(account);
  await user.click(screen.getByRole("button", { name: "Forget Sam Ortiz" }));
  expect(ipc.intents).toEqual([
    { intent: "forgetAccount", server, username: "sam@meridian.example" },
  ]);
});

test("an account that is in is forgotten only after a question", async () => {
  const { ipc, user } = await open(account);
  await user.click(screen.getByRole("button", { name: "Forget Lee Park" }));
  await user.click(screen.getByRole("button", { name: "Keep it" }));
  expect(ipc.calls).toEqual([]);
  await user.click(screen.getByRole("button", { name: "Forget Lee Park" }));
  await user.click(screen.getByRole("button", { name: "Forget and sign out" }));
  expect(ipc.intents).toEqual([
    { intent: "forgetAccount", server, username: "lee@meridian.example" },
  ]);
});
