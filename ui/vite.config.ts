import { fileURLToPath } from "node:url";

import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

// Two bundles: `dist` is what the app embeds; mode "fake" builds the page that the browser tests
// open, with its own entry and its own folder, so that no fake can reach `dist`.
export default defineConfig(({ mode }) => {
  const fake = mode === "fake";
  return {
    plugins: [svelte()],
    build: {
      target: "es2022",
      outDir: fake ? "../build/ui-fake" : "dist",
      emptyOutDir: true,
      // The app's content security policy allows files only: nothing may be inlined.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rolldownOptions: {
        input: fileURLToPath(new URL(fake ? "test.html" : "index.html", import.meta.url)),
      },
    },
  };
});
