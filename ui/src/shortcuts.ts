// Keys that work wherever the focus is. A control says its own in `aria-keyshortcuts`, so what is
// announced and what works cannot differ.

/** Presses the control whose shortcut this is; a field takes the focus instead. */
export function pressShortcut(event: KeyboardEvent, root: ParentNode): void {
  const shortcut = shortcutOf(event);
  // An open dialog has the keys to itself.
  if (shortcut === null || event.defaultPrevented || root.querySelector("dialog[open]")) return;
  const control = root.querySelector<HTMLElement>(`[aria-keyshortcuts="${shortcut}"]`);
  if (control === null) return;
  event.preventDefault();
  if (control instanceof HTMLInputElement) control.focus();
  else control.click();
}

function shortcutOf(event: KeyboardEvent): string | null {
  if (event.ctrlKey || event.metaKey) return null;
  // The place of the key counts, since Alt makes other characters of digits on some keyboards.
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
  if (event.altKey) return digit === undefined ? null : `Alt+${digit}`;
  if (event.key === "Escape") return "Escape";
  return event.key === "/" && !isTyping(event.target) ? "/" : null;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement && !["checkbox", "radio"].includes(target.type);
}
