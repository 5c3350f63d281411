import { defineConfig } from "@playwright/test";

// Debian's Chromium on the built pages: nothing is downloaded and nothing listens on a port.
export default defineConfig({
  testDir: "tests",
  testMatch: "*.spec.ts",
  outputDir: "../build/playwright",
  fullyParallel: true,
  forbidOnly: true,
  reporter: "line",
  use: {
    locale: "en-GB",
    timezoneId: "UTC",
    viewport: { width: 960, height: 680 },
    launchOptions: {
      executablePath: "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
