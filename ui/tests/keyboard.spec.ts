// The keyboard alone: whole screens without a pointer, and where the focus is on the way.

import { expect, test } from "./lanyard";
import {
  error,
  leeSoft,
  picker,
  pin,
  pinPulled,
  pulled,
  scene,
  scenes,
  signedIn,
  touch,
} from "./scenes";

test("from the account to the server", async ({ lanyard }) => {
  const { keyboard } = lanyard.page;
  await lanyard.open("account-first");
  await keyboard.type("login.localhost:8443");
  await keyboard.press("Tab");
  await keyboard.type("lee@meridian.example");
  await keyboard.press("Enter");
  expect(await lanyard.calls()).toEqual([
    {
      intent: {
        intent: "enterAccount",
        server: "login.localhost:8443",
        username: "lee@meridian.example",
      },
    },
  ]);
});

test("arrows choose a certificate, Space ticks the box, Enter continues", async ({ lanyard }) => {
  const { keyboard } = lanyard.page;
  await lanyard.open("picker");
  await keyboard.press("ArrowDown");
  await lanyard.show(scene({ ...picker, selected: leeSoft.sha256 }));
  await expect(lanyard.page.getByRole("radio").nth(1)).toBeFocused();
  await keyboard.press("Enter");
  const { sha256 } = leeSoft;
  expect(await lanyard.calls()).toEqual([
    { intent: { intent: "selectCertificate", sha256 } },
    { intent: { intent: "useCertificate", sha256, remember: false, anyway: false } },
  ]);
});

test("Tab goes through a picker row by row and ends at Continue", async ({ lanyard }) => {
  const { page } = lanyard;
  await lanyard.open("picker");
  const stops: (string | undefined)[] = [];
  for (let step = 0; step < 8; step += 1) {
    stops.push(
      await page.evaluate(() => {
        const at = document.activeElement;
        const named = at?.getAttribute("aria-label") ?? at?.textContent.trim();
        return at instanceof HTMLInputElement ? at.type : named;
      }),
    );
    await page.keyboard.press("Tab");
  }
  expect(stops).toEqual([
    "radio",
    "Details of Lee Park, slot 9A",
    "Details of Lee Park",
    "Not usable here (3)",
    "Look again",
    "checkbox",
    "Other ways",
    "Continue",
  ]);
});

test("a certificate is sent anyway, and the dialog gives the focus back", async ({ lanyard }) => {
  const { page } = lanyard;
  await lanyard.open("picker");
  await page.getByRole("button", { name: /^Not usable/ }).focus();
  await page.keyboard.press("Enter");
  const details = page.getByRole("button", { name: "Details of Lee Park, slot 82" });
  await details.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeVisible();
  await lanyard.picture("details-light");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(details).toBeFocused();
  expect(await lanyard.calls()).toEqual([]);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Send it anyway" }).focus();
  await page.keyboard.press("Enter");
  expect(await lanyard.calls()).toEqual([
    {
      intent: {
        intent: "useCertificate",
        sha256: "d4".repeat(32),
        remember: false,
        anyway: true,
      },
    },
  ]);
});

test("a card that comes or goes moves neither focus nor scroll", async ({ lanyard }) => {
  const { page } = lanyard;
  await lanyard.open("picker");
  const radio = page.getByRole("radio").first();
  const place = await radio.boundingBox();
  await lanyard.show(scene(pulled));
  await expect(page.getByText("Card removed")).toBeVisible();
  await expect(radio).toBeFocused();
  await lanyard.picture("picker-removed-light");
  expect(await radio.boundingBox()).toEqual(place);
});

test("the last try is given with the keyboard", async ({ lanyard }) => {
  const { keyboard } = lanyard.page;
  await lanyard.open("pin");
  await keyboard.type("123456");
  await keyboard.press("Tab");
  await keyboard.press("Tab");
  await keyboard.press("Space");
  await lanyard.picture("pin-sure-light");
  await keyboard.press("Enter");
  expect(await lanyard.calls()).toEqual([{ pin: "123456" }]);
});

test("a reader with keys is started and left with the keyboard", async ({ lanyard }) => {
  const { keyboard } = lanyard.page;
  await lanyard.open("pin-pad");
  await keyboard.press("Enter");
  await keyboard.press("Escape");
  expect(await lanyard.calls()).toEqual([
    { intent: { intent: "unlock" } },
    { intent: { intent: "back" } },
  ]);
});

test("a card is pulled and put back, and the PIN is typed again", async ({ lanyard }) => {
  const { page } = lanyard;
  await lanyard.open("pin");
  await lanyard.show(scene(pin));
  await page.locator("input[name=pin]").focus();
  await page.keyboard.type("1234");
  await lanyard.show(scene(pinPulled));
  await expect(page.getByText("The card was removed.")).toBeVisible();
  await page.keyboard.type("56");
  await page.keyboard.press("Enter");
  await lanyard.show(scene(pin));
  await expect(page.locator("input[name=pin]")).toBeFocused();
  await page.keyboard.type("123456");
  await page.keyboard.press("Enter");
  expect(await lanyard.calls()).toEqual([{ pin: "123456" }]);
});

test("a touch is left with Escape, and by no key that an early touch types", async ({
  lanyard,
}) => {
  const { page } = lanyard;
  await lanyard.open("pin");
  await lanyard.show(scene(touch));
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  await page.keyboard.type("cccccckdvvulgjvtkjdhtlrbjjctggdihuevikehtlil");
  await page.keyboard.press("Enter");
  expect(await lanyard.calls()).toEqual([]);
  await page.keyboard.press("Escape");
  expect(await lanyard.calls()).toEqual([{ intent: { intent: "back" } }]);
});

test("the rings breathe, and are still where motion is reduced", async ({ lanyard }) => {
  const { page } = lanyard;
  await lanyard.open("touch");
  const moving = () => page.evaluate(() => document.getAnimations().length);
  expect(await moving()).toBeGreaterThan(0);
  await page.emulateMedia({ reducedMotion: "reduce" });
  expect(await moving()).toBe(0);
  await expect(page.getByText(/^11 seconds left/)).toBeVisible();
});

test("a password is shown and hidden with the keyboard", async ({ lanyard }) => {
  const { keyboard } = lanyard.page;
  await lanyard.open("password");
  const field = lanyard.page.locator("input[name=password]");
  await keyboard.type("horse");
  await keyboard.press("Tab");
  await keyboard.press("Enter");
  await expect(field).toHaveAttribute("type", "text");
  await keyboard.press("Shift+Tab");
  await keyboard.press("Enter");
  await expect(field).toHaveValue("");
  expect(await lanyard.calls()).toEqual([{ password: "horse" }]);
});

test("a code, or another way by its number", async ({ lanyard }) => {
  const { keyboard } = lanyard.page;
  await lanyard.open("second-factor");
  await keyboard.type("418206");
  await keyboard.press("Alt+1");
  await keyboard.press("Enter");
  expect(await lanyard.calls()).toEqual([
    { intent: { intent: "askFor", method: "password" } },
    { code: "418206" },
  ]);
});

test("an application is found, opened, and the session left", async ({ lanyard }) => {
  const { page } = lanyard;
  await lanyard.open("signed-in");
  await page.keyboard.press("/");
  await page.keyboard.type("trip");
  await page.keyboard.press("Enter");
  await lanyard.show(scene({ ...signedIn, opening: "travel" }));
  await expect(page.getByText("Opening in your browser")).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "Sign out" })).toBeFocused();
  await page.keyboard.press("Enter");
  expect(await lanyard.calls()).toEqual([
    { intent: { intent: "openApp", id: "travel" } },
    { intent: { intent: "signOut" } },
  ]);
});

test("an error is read from its title, and left by its first button", async ({ lanyard }) => {
  const { page } = lanyard;
  await lanyard.open("progress");
  await lanyard.show(scene(error));
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  expect(await lanyard.calls()).toEqual([{ intent: { intent: "chooseAnother" } }]);
});

test("every control of every screen shows its focus", async ({ lanyard }) => {
  const { page } = lanyard;
  for (const name of [
    "account",
    "picker",
    "pin",
    "pin-pad",
    "touch",
    "signed-in",
    "error",
  ] as const) {
    await lanyard.open(name);
    for (const control of await page.locator("button:visible, input:visible, a:visible").all()) {
      if (await control.isDisabled()) continue;
      await control.focus();
      // Some rings are drawn by the row or the box around the control.
      const ringed = await control.evaluate((element) => {
        for (let at: Element | null = element; at !== null; at = at.parentElement) {
          const { outlineStyle, outlineWidth } = getComputedStyle(at);
          if (outlineStyle === "solid" && outlineWidth === "3px") return true;
        }
        return false;
      });
      expect(ringed, `${name}: ${await control.evaluate((one) => one.outerHTML)}`).toBe(true);
    }
  }
});

test("targets are large enough to hit", async ({ lanyard }) => {
  for (const name of Object.keys(scenes) as (keyof typeof scenes)[]) {
    await lanyard.open(name);
    for (const control of await lanyard.page.locator("button:visible").all()) {
      const box = await control.boundingBox();
      const html = await control.evaluate((one) => one.outerHTML);
      expect(box?.height, `${name}: ${html}`).toBeGreaterThanOrEqual(24);
      expect(box?.width, `${name}: ${html}`).toBeGreaterThanOrEqual(24);
    }
  }
});
