import { cleanup, render, screen } from "@testing-library/svelte";
import { expect, test, vi } from "vitest";

import {
  account,
  badge,
  error,
  method,
  now,
  picker,
  scene,
  softToken,
  yubikey,
} from "../tests/scenes";
import { open, settled } from "../tests/window";
import App from "./App.svelte";
import { FakeIpc } from "./ipc.fake";

test("a view that comes while the first is asked for is not overwritten by it", async () => {
  const ipc = new FakeIpc(scene(account));
  let answer: (() => void) | undefined;
  vi.spyOn(ipc, "view").mockReturnValue(
    new Promise((resolve) => {
      answer = () => {
        resolve(scene(account));
      };
    }),
  );
  render(App, { ipc, clock: () => now });
  await settled();
  ipc.show(scene(method));
  answer?.();
  await settled();
  screen.getByRole("heading", { name: "How do you want to sign in?" });
});

test("a client that does not answer is reported", async () => {
  const ipc = new FakeIpc(scene(account));
  ipc.deaf = true;
  render(App, { ipc, clock: () => now });
  await screen.findByText("Lanyard does not answer.");
});

test("a window that is closed hears no more", async () => {
  const { ipc } = await open(account);
  cleanup();
  ipc.show(scene(method));
  await settled();
  expect(screen.queryByRole("heading")).toBeNull();
});

test("the badge fills in line by line", async () => {
  const { show } = await open(
    scene(picker, badge(["account", "done"], ["certificate", "now"], ["pin", "toDo"])),
  );
  const lines = () =>
    screen
      .getAllByRole("listitem")
      .filter((item) => item.closest("[aria-label='Sign-in progress']") !== null)
      .map((item) => item.textContent.trim());
  screen.getByRole("list", { name: "Sign-in progress" });
  expect(lines()).toEqual(["Account, done", "Certificate, now", "PIN, to do"]);
  await show(scene(error, badge(["account", "done"], ["certificate", "failed"])));
  expect(lines()).toEqual(["Account, done", "Certificate refused, failed"]);
});

test("nobody is named before an account is chosen", async () => {
  await open(scene(account, { name: null, address: null, tenant: null, proofs: [] }));
  screen.getByText("Nobody yet");
});

test("a token that is plugged in is announced with its certificates", async () => {
  vi.useFakeTimers();
  const ipc = new FakeIpc(scene({ ...picker, groups: [] }, undefined, []));
  render(App, { ipc, clock: () => now });
  await settled();
  await settled();
  ipc.show(scene(picker, undefined, [yubikey]));
  ipc.show(scene(picker, undefined, [yubikey, softToken]));
  await vi.advanceTimersByTimeAsync(500);
  vi.useRealTimers();
  screen.getByText("YubiKey 5 NFC added, 1 certificate. Meridian demo added, 1 certificate");
});

test("the window is named for its screen", async () => {
  await open(picker);
  expect(document.title).toBe("Choose a certificate · Lanyard");
});
