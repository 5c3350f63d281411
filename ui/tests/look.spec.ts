// Every screen in every theme: no violation that axe knows of, nothing that scrolls sideways, and
// a picture for people.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import type { AxeResults } from "axe-core";

import { expect, test } from "./lanyard";
import { type SceneName, scenes } from "./scenes";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

const themes = [
  { name: "light", media: { colorScheme: "light" } },
  { name: "dark", media: { colorScheme: "dark" } },
  { name: "contrast", media: { colorScheme: "dark", contrast: "more" } },
] as const;

const sizes = [
  { name: "", width: 960, height: 680 },
  { name: "-320", width: 320, height: 960 },
];

for (const scene of Object.keys(scenes) as SceneName[]) {
  for (const { name: theme, media } of themes) {
    test(`${scene} is in order in ${theme}`, async ({ lanyard }) => {
      const { page } = lanyard;
      await page.emulateMedia({ ...media, reducedMotion: "reduce" });
      await lanyard.open(scene);
      await page.evaluate(await readFile(axe, "utf8"));
      const disclosure = page.getByRole("button", { name: /^Not usable here/ });
      if ((await disclosure.count()) > 0) await disclosure.click();

      for (const { name: size, width, height } of sizes) {
        await page.setViewportSize({ width, height });
        await lanyard.picture(`${scene}${size}-${theme}`);
        const past = await page.evaluate(() => ({
          right: document.documentElement.scrollWidth - window.innerWidth,
          bottom: document.documentElement.scrollHeight - window.innerHeight,
        }));
        expect(past).toEqual({ right: 0, bottom: 0 });

        const { violations } = await page.evaluate(() =>
          (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
        );
        expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
      }
    });
  }
}

for (const scene of Object.keys(scenes) as SceneName[]) {
  test(`${scene} is there in forced colours`, async ({ lanyard }) => {
    await lanyard.page.emulateMedia({ forcedColors: "active", reducedMotion: "reduce" });
    await lanyard.open(scene);
    await lanyard.picture(`${scene}-forced`);
    for (const button of await lanyard.page.locator("button:visible").all()) {
      const [ink, ground] = await button.evaluate((element) => {
        const style = getComputedStyle(element);
        return [style.color, style.backgroundColor];
      });
      expect(ink).not.toBe(ground);
    }
  });

  test(`${scene} can be read in a low window`, async ({ lanyard }) => {
    await lanyard.page.setViewportSize({ width: 480, height: 340 });
    await lanyard.page.emulateMedia({ reducedMotion: "reduce" });
    await lanyard.open(scene);
    const wide = await lanyard.page.evaluate(
      () => document.documentElement.scrollWidth - window.innerWidth,
    );
    expect(wide).toBe(0);
    // The last control can be reached, whole.
    const last = lanyard.page.locator("main button:visible").last();
    if ((await last.count()) > 0) {
      await last.scrollIntoViewIfNeeded();
      await expect(last).toBeInViewport({ ratio: 1 });
    }
  });
}

for (const scene of Object.keys(scenes) as SceneName[]) {
  test(`${scene} holds text of twice the size, and wide spacing`, async ({ lanyard }) => {
    const { page } = lanyard;
    await page.emulateMedia({ reducedMotion: "reduce" });
    await lanyard.open(scene);
    const styles = [
      "html { font-size: 200% }",
      "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }",
    ];
    for (const style of styles) {
      const cut = await page.evaluate((rules) => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(rules);
        document.adoptedStyleSheets = [sheet];
        // Text that is wider than its box, and boxes that leave the one they are drawn in.
        const all = [...document.querySelectorAll("body *:not(input, svg *, .ribbon)")];
        return all
          .filter((one) => getComputedStyle(one).position !== "absolute")
          .filter((one) => {
            const around = one.parentElement?.closest("button, .card, .certificate, .badge, main");
            const out =
              around != null &&
              one.getBoundingClientRect().right > around.getBoundingClientRect().right + 1;
            const text = one.childElementCount === 0 && one.clientWidth > 1;
            return out || (text && one.scrollWidth > one.clientWidth + 1);
          })
          .map((one) => one.outerHTML.slice(0, 200));
      }, style);
      await lanyard.picture(`${scene}-${style.startsWith("html") ? "large" : "spaced"}`);
      expect(cut).toEqual([]);
    }
  });
}
