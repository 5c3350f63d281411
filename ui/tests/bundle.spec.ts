// The bundle that the app embeds: nothing of the tests in it, nothing inline, and it runs under
// the app's content security policy.

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { built, expect, test } from "./lanyard";
import { picker, scene } from "./scenes";

async function files(): Promise<{ name: string; text: string }[]> {
  const entries = await readdir(built.app, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => ({
        name: entry.name,
        text: await readFile(join(entry.parentPath, entry.name), "utf8"),
      })),
  );
}

test("it holds no fake and no scene", async () => {
  const all = await files();
  expect(all.some(({ name }) => name === "index.html")).toBe(true);
  for (const { name, text } of all) {
    expect(text, name).not.toMatch(/fake|deaf|Meridian|sourceMappingURL/i);
  }
});

test("it has no inline script, style or address of another host", async () => {
  for (const { name, text } of await files()) {
    expect(text, name).not.toMatch(/<style|<script(?![^>]*\bsrc=)|\sstyle="/i);
    if (name.endsWith(".css")) expect(text, name).not.toMatch(/url\(|@import/);
  }
});

test("it draws what the app's commands answer", async ({ lanyard }) => {
  await lanyard.page.addInitScript((view) => {
    let callbacks = 0;
    Object.assign(window, {
      __TAURI_INTERNALS__: {
        invoke: (command: string) => Promise.resolve(command === "view" ? view : 1),
        transformCallback: () => (callbacks += 1),
      },
    });
  }, scene(picker));
  await lanyard.visit(built.app, "index.html");
  await expect(lanyard.page.getByRole("heading", { name: "Choose a certificate" })).toBeVisible();
  await expect(lanyard.page.getByRole("radio")).toHaveCount(2);
});
