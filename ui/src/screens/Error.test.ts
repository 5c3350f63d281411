import { within } from "@testing-library/svelte";
import { expect, test } from "vitest";

import { error } from "../../tests/scenes";
import { open, screen } from "../../tests/window";

test("the title says what happened and has the focus", async () => {
  await open(error);
  const title = screen.getByRole("heading", { name: "This certificate was revoked" });
  expect(document.activeElement).toBe(title);
});

test("what fixes it comes first", async () => {
  const { ipc, user } = await open(error);
  const actions = within(screen.getByRole("group", { name: "What you can do" }));
  const buttons = actions.getAllByRole("button");
  expect(buttons.map((button) => button.textContent.trim())).toEqual([
    "Choose another certificate",
    "Other ways to sign in",
    "Try again",
  ]);
  expect(buttons.map((button) => button.classList.contains("primary"))).toEqual([
    true,
    false,
    false,
  ]);
  for (const button of buttons) await user.click(button);
  expect(ipc.intents).toEqual([
    { intent: "chooseAnother" },
    { intent: "otherWays" },
    { intent: "tryAgain" },
  ]);
});

test("the trace is open, with the values of the check that failed", async () => {
  const { user } = await open(error);
  const lines = screen.getAllByRole("listitem").map((line) => line.textContent);
  const failed = lines.filter((line) => line.includes("Failed"));
  expect(failed).toHaveLength(1);
  expect(failed[0]).toContain("Revocation");
  screen.getByText("revoked at 18 September 2026, 09:30, superseded");
  screen.getByText(/not on CRL 412 of Meridian Issuing CA 1/);
  screen.getByText("from 9 November 2024 until 9 November 2026");
  screen.getByText("Not checked, because a check before it failed");
  const disclosure = screen.getByRole("button", { name: "What was checked" });
  await user.click(disclosure);
  expect(disclosure.getAttribute("aria-expanded")).toBe("false");
});

test("the details can be copied, whole and exact", async () => {
  const { ipc, user } = await open(error);
  await user.click(screen.getByRole("button", { name: "Copy details" }));
  expect(ipc.calls).toEqual([
    {
      copied: [
        "This certificate was revoked",
        "Code: 500171",
        "Correlation ID: 7c1f0e52-9b4d-4a18-b6f3-2e5d90c7a841",
        "Time: 2026-09-22T08:12:31.000Z",
        "Key: Passed",
        "Path: Passed; found Lee Park, Meridian Issuing CA 1, Meridian Root CA",
        "Time: Passed; found from 2024-11-09T00:00:00Z until 2026-11-09T00:00:00Z",
        "Purpose: Passed",
        "Revocation: Failed; certificate Lee Park; expected not on CRL 412 of Meridian Issuing CA 1; found revoked at 2026-09-18T09:30:00Z, superseded",
        "Account: Not checked",
      ].join("\n"),
    },
  ]);
  await screen.findByRole("button", { name: "Copied" });
});

test("a copy that fails is not called copied", async () => {
  const { ipc, user } = await open(error);
  ipc.deaf = true;
  await user.click(screen.getByRole("button", { name: "Copy details" }));
  await screen.findByText("Lanyard does not answer.");
  screen.getByRole("button", { name: "Copy details" });
});

test("a fault without a code shows its cause", async () => {
  await open({
    ...error,
    fault: { fault: "handshake", cause: "alert 40, handshake failure" },
    correlationId: null,
    checks: [],
  });
  screen.getByText("alert 40, handshake failure");
  expect(screen.queryByText("Code")).toBeNull();
  expect(screen.queryByText("What was checked")).toBeNull();
});
