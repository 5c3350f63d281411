import { clearMocks, mockIPC } from "@tauri-apps/api/mocks";
import { afterEach, expect, test } from "vitest";

import { account, scene } from "../tests/scenes";
import { TauriIpc } from "./ipc";

interface Command {
  readonly name: string;
  readonly args: unknown;
}

afterEach(() => {
  clearMocks();
});

test("each wish has its own command", async () => {
  const asked: Command[] = [];
  mockIPC((name, args) => {
    asked.push({ name, args });
  });
  const ipc = new TauriIpc();
  await ipc.intent({ intent: "lookAgain" });
  await ipc.submitPin("123456");
  await ipc.submitPassword("horse");
  await ipc.submitCode("418206");
  await ipc.copyDetails("text");
  expect(asked).toEqual([
    { name: "intent", args: { intent: { intent: "lookAgain" } } },
    { name: "submit_pin", args: { pin: "123456" } },
    { name: "submit_password", args: { password: "horse" } },
    { name: "submit_code", args: { code: "418206" } },
    { name: "copy_details", args: { text: "text" } },
  ]);
});

test("the view is the answer of its command", async () => {
  mockIPC((name) => (name === "view" ? scene(account) : undefined));
  await expect(new TauriIpc().view()).resolves.toEqual(scene(account));
});

test("later views come with the event of that name", async () => {
  const asked: Command[] = [];
  mockIPC((name, args) => {
    asked.push({ name, args });
    return 7;
  });
  await new TauriIpc().onView(() => undefined);
  expect(asked).toEqual([
    { name: "plugin:event|listen", args: expect.objectContaining({ event: "view" }) as unknown },
  ]);
});

test("a command that fails fails for the window", async () => {
  mockIPC(() => {
    throw new Error("denied");
  });
  await expect(new TauriIpc().intent({ intent: "signOut" })).rejects.toThrow("denied");
});
