import { expect, test } from "vitest";

import { scene, signedIn } from "../../tests/scenes";
import { open, screen } from "../../tests/window";

test("the session says until when, how, and with which certificate", async () => {
  await open(signedIn);
  screen.getByText("You are signed in until 18:40 today");
  screen.getByText("with your YubiKey, at multi-factor strength");
  screen.getByText("until 3 May 2027");
  screen.getByText("Meridian Issuing CA 1");
  screen.getByText("08:41 today");
});

test("a session without a certificate shows none", async () => {
  const factors = ["password", "code"] as ("password" | "code")[];
  await open({ ...signedIn, certificate: null, factors, strength: "singleFactor" });
  screen.getByText("Password, One-time code");
  screen.getByText("with password and one-time code, at single-factor strength");
  expect(screen.queryByText("Issued by")).toBeNull();
});

test("a tile opens its application", async () => {
  const { ipc, user } = await open(signedIn);
  const tile = screen.getByRole("button", { name: /^Payroll/ });
  expect(tile.textContent).toContain("Asks for two factors");
  await user.click(tile);
  expect(ipc.intents).toEqual([{ intent: "openApp", id: "payroll" }]);
});

test("one application is opened at a time", async () => {
  const { ipc, user } = await open({ ...signedIn, opening: "payroll" });
  screen.getByText("Opening in your browser");
  await user.click(screen.getByRole("button", { name: /^Travel/ }));
  expect(ipc.calls).toEqual([]);
});

test("a slash leads to the search, which finds by name and by line", async () => {
  const { ipc, user } = await open(signedIn);
  await user.keyboard("/");
  expect(document.activeElement).toBe(screen.getByRole("searchbox", { name: "Find an app" }));
  await user.keyboard("leave");
  expect(screen.getAllByRole("listitem").map((item) => item.textContent)).toEqual([
    expect.stringContaining("Timesheet"),
    expect.stringContaining("YubiKey"),
    expect.stringContaining("Meridian demo"),
  ]);
  await user.keyboard("{Enter}");
  expect(ipc.intents).toEqual([{ intent: "openApp", id: "timesheet" }]);
});

test("a search that finds nothing says so", async () => {
  const { user } = await open(signedIn);
  await user.keyboard("/zebra");
  screen.getByText("No app matches \u201czebra\u201d.");
});

test("no applications are told from applications that are still to come", async () => {
  const { show } = await open({ ...signedIn, apps: null });
  screen.getByText("Getting your apps");
  await show(scene({ ...signedIn, apps: [] }));
  expect(screen.queryByText("Getting your apps")).toBeNull();
  screen.getByText("There are no apps for you yet.");
});

test("a session that is not kept says so", async () => {
  await open({ ...signedIn, memoryOnly: true });
  screen.getByText("This sign-in lasts until Lanyard closes.");
});

test("a problem can be tried again", async () => {
  const problem = { problem: "unreachable", cause: "connection refused" } as const;
  const { ipc, user } = await open({ ...signedIn, apps: null, problem });
  screen.getByText(/connection refused/);
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(ipc.intents).toEqual([{ intent: "refreshApps" }]);
});

test("Escape never signs out; the button does", async () => {
  const { ipc, user } = await open(signedIn);
  await user.keyboard("{Escape}");
  expect(ipc.calls).toEqual([]);
  await user.click(screen.getByRole("button", { name: "Sign out" }));
  expect(ipc.intents).toEqual([{ intent: "signOut" }]);
});

test("the badge leads to the other accounts", async () => {
  const { ipc, user } = await open(signedIn);
  await user.click(screen.getByRole("button", { name: /Use another account/ }));
  expect(ipc.intents).toEqual([{ intent: "startOver" }]);
});
