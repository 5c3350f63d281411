import type { Intent } from "./generated/Intent";

/** How a screen passes on what the person wants; a failure is the window's to show. */
export type Send = (intent: Intent) => void;
