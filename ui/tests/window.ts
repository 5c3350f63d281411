// A window with a fake client, for the tests of the screens.

import { render, screen } from "@testing-library/svelte";
import userEvent, { type UserEvent } from "@testing-library/user-event";

import { tick } from "svelte";

import App from "../src/App.svelte";
import type { Screen } from "../src/generated/Screen";
import type { View } from "../src/generated/View";
import { FakeIpc } from "../src/ipc.fake";
import { now, scene } from "./scenes";

/** An open window. */
export interface Opened {
  readonly ipc: FakeIpc;
  readonly user: UserEvent;
  /** Shows another view and waits until it is drawn. */
  readonly show: (view: View) => Promise<void>;
}

/** Opens the window on a view, or on a screen with the badge and tokens of the demo. */
export async function open(shown: View | Screen): Promise<Opened> {
  const ipc = new FakeIpc("badge" in shown ? shown : scene(shown));
  render(App, { ipc, clock: () => now });
  await screen.findByRole("heading", { level: 1 });
  return {
    ipc,
    user: userEvent.setup(),
    show: async (next) => {
      ipc.show(next);
      await settled();
    },
  };
}

/** Waits until what was set is drawn. */
export async function settled(): Promise<void> {
  await tick();
}

export { screen };
