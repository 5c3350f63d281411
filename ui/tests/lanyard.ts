// Opens a built page as the app does: files only, under the app's content security policy. The
// files are handed to the browser by the test itself, so nothing listens anywhere.

import { mkdir, readFile } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, type Page, test as base } from "@playwright/test";

import type { Call, FakeIpc } from "../src/ipc.fake";
import type { View } from "../src/generated/View";
import type { SceneName } from "./scenes";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The folder of pictures. */
export const shots = process.env["LANYARD_SHOTS"] ?? join(root, "build/shots/ui");

/** The page that shows scenes, and the bundle of the app itself. */
export const built = { scenes: join(root, "build/ui-fake"), app: join(root, "ui/dist") };

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src ipc: http://ipc.localhost",
].join("; ");

const types: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
};

/** A window of Lanyard. */
export class Lanyard {
  /** What the browser complained about: a refused style, a missing file, an exception. */
  readonly complaints: string[] = [];
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
    page.on("console", (message) => {
      if (message.type() === "error") this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(error.message));
  }

  /** Serves a folder and opens a file of it. */
  async visit(folder: string, path: string): Promise<void> {
    await this.page.route("http://lanyard.test/**", async (route) => {
      const file = resolve(folder, `.${new URL(route.request().url()).pathname}`);
      const contentType = types[extname(file)];
      if (contentType === undefined || !file.startsWith(folder)) {
        await route.fulfill({ status: 404 });
        return;
      }
      const headers = { "content-security-policy": policy };
      await route.fulfill({ body: await readFile(file), contentType, headers });
    });
    await this.page.goto(`http://lanyard.test/${path}`);
  }

  /** Shows a scene. */
  async open(scene: SceneName): Promise<void> {
    await this.visit(built.scenes, `test.html?scene=${scene}`);
    await expect(this.page.locator("h1")).toBeVisible();
  }

  /** Shows another view, as the client does when something happened. */
  async show(view: View): Promise<void> {
    await this.page.evaluate((next) => {
      (window as unknown as { fake: FakeIpc }).fake.show(next);
    }, view);
  }

  /** What the window asked of the client. */
  calls(): Promise<Call[]> {
    return this.page.evaluate(() => (window as unknown as { fake: FakeIpc }).fake.calls);
  }

  /** Takes a picture. */
  async picture(name: string): Promise<void> {
    await mkdir(shots, { recursive: true });
    await this.page.screenshot({ path: join(shots, `${name}.png`), animations: "disabled" });
  }
}

/** A test with a window, whose browser must have complained of nothing when it ends. */
export const test = base.extend<{ lanyard: Lanyard }>({
  lanyard: async ({ page }, use) => {
    const lanyard = new Lanyard(page);
    await use(lanyard);
    expect(lanyard.complaints).toEqual([]);
  },
});

export { expect };
