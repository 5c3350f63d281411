import { expect, test } from "vitest";

import { progress } from "../../tests/scenes";
import { open, screen } from "../../tests/window";

test("a signature can be left", async () => {
  const { ipc, user } = await open(progress);
  screen.getByRole("heading", { name: "Signing in" });
  await user.keyboard("{Escape}");
  expect(ipc.intents).toEqual([{ intent: "back" }]);
});

test.each(["starting", "finishing", "signingOut"] as const)("%s runs to its end", async (doing) => {
  const { ipc, user } = await open({ ...progress, doing });
  expect(screen.queryByRole("button")).toBeNull();
  await user.keyboard("{Escape}");
  expect(ipc.calls).toEqual([]);
});
