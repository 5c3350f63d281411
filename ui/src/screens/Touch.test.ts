import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { cleanup, render } from "@testing-library/svelte";

import { scenes, softToken, touch } from "../../tests/scenes";
import { open, screen, settled } from "../../tests/window";
import Touch from "./Touch.svelte";

test("it says what to touch, who asks, and how long there is", async () => {
  await open(scenes.touch);
  screen.getByRole("heading", { name: "Touch your YubiKey" });
  screen.getByText("login.meridian.example");
  screen.getByText("is asking for this signature, so that you can open My Apps");
  screen.getByText("11 seconds left. If the time runs out, you can try again.");
  screen.getByText("YubiKey 5 NFC is waiting");
  screen.getByText("Touch");
});

test("a sign-in is not for an application", async () => {
  await open({ ...touch, application: null });
  screen.getByText("is asking for this signature, so that you can sign in");
});

test("a guess is put as a question", async () => {
  await open({ ...touch, token: softToken, certain: false });
  screen.getByRole("heading", { name: "Is Meridian demo waiting?" });
});

test("a code that an early touch types presses nothing", async () => {
  const { ipc, user } = await open(touch);
  expect(document.activeElement).toBe(screen.getByRole("heading", { level: 1 }));
  await user.keyboard("cccccckdvvulgjvtkjdhtlrbjjctggdihuevikehtlil{Enter}");
  expect(ipc.calls).toEqual([]);
});

test("Escape goes back to the PIN", async () => {
  const { ipc, user } = await open(touch);
  await user.keyboard("{Escape}");
  expect(ipc.intents).toEqual([{ intent: "back" }]);
});

let now = touch.since;

beforeEach(() => {
  now = touch.since;
});

afterEach(() => {
  vi.useRealTimers();
});

test("the seconds run down, and are said aloud at the start and at five", async () => {
  vi.useFakeTimers();
  render(Touch, { prompt: touch, clock: () => now, send: () => undefined });
  const spoken = (): string => screen.getByRole("alert").textContent;
  const wait = async (seconds: number): Promise<void> => {
    now += seconds;
    vi.advanceTimersByTime(seconds * 1000);
    await settled();
  };
  expect(spoken()).toBe("Touch your YubiKey. You have 15 seconds.");
  await wait(9);
  screen.getByText(/^6 seconds left/);
  expect(spoken()).toBe("Touch your YubiKey. You have 15 seconds.");
  await wait(1);
  expect(spoken()).toBe("5 seconds left.");
  await wait(4);
  screen.getByText(/^1 second left/);
  expect(spoken()).toBe("5 seconds left.");
  await wait(3);
  screen.getByText("The time is up. You can try again.");
  expect(document.querySelector(".ring")?.getAttribute("stroke-dasharray")).toBe("0 100");
  cleanup();
  expect(vi.getTimerCount()).toBe(0);
});
