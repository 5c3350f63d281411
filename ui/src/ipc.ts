// The one file that talks to Tauri.

import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";

import type { Intent } from "./generated/Intent";
import type { View } from "./generated/View";

/** What the window asks of the client, and hears from it. */
export interface Ipc {
  /** Reads the view as it stands. */
  view(): Promise<View>;
  /** Calls `changed` with each later view; the promise holds once none can be missed. */
  onView(changed: (view: View) => void): Promise<() => void>;
  /** Passes on what the person wants. */
  intent(intent: Intent): Promise<void>;
  /** Gives the token's PIN. It has a command of its own, so that no intent ever holds a secret. */
  submitPin(pin: string): Promise<void>;
  /** Gives the password. */
  submitPassword(password: string): Promise<void>;
  /** Gives the one-time code. */
  submitCode(code: string): Promise<void>;
  /** Puts text on the clipboard, from Rust: the page itself has no right to. */
  copyDetails(text: string): Promise<void>;
}

/** The client behind Tauri's commands and its `view` event. */
export class TauriIpc implements Ipc {
  view(): Promise<View> {
    return invoke<View>("view");
  }

  onView(changed: (view: View) => void): Promise<() => void> {
    return listen<View>("view", (event) => {
      changed(event.payload);
    });
  }

  intent(intent: Intent): Promise<void> {
    return invoke("intent", { intent });
  }

  submitPin(pin: string): Promise<void> {
    return invoke("submit_pin", { pin });
  }

  submitPassword(password: string): Promise<void> {
    return invoke("submit_password", { password });
  }

  submitCode(code: string): Promise<void> {
    return invoke("submit_code", { code });
  }

  copyDetails(text: string): Promise<void> {
    return invoke("copy_details", { text });
  }
}
