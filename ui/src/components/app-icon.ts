import type { IconName } from "./icons";

// Servers send no icons, so the picture follows from what the application is called.
const pictures: readonly (readonly [RegExp, IconName])[] = [
  [/pay|salar|expens|invoice|financ|budget/, "money"],
  [/travel|trip|visit/, "case"],
  [/source|code|repositor|review|build/, "branch"],
  [/handbook|wiki|guide|learn|knowledge|docs|document/, "book"],
  [/time|hours|shift|attend/, "clock"],
  [/desk|help|support|chat|ask/, "speech"],
  [/mail|message|letter/, "letter"],
  [/calendar|meeting|room|event/, "calendar"],
  [/people|staff|directory|person/, "person"],
  [/admin|security|audit|access/, "shield"],
];

/** The icon of an application: by its name, then by its line, else a plain window. */
export function appIcon(name: string, description: string): IconName {
  for (const text of [name.toLowerCase(), description.toLowerCase()]) {
    const found = pictures.find(([words]) => words.test(text));
    if (found !== undefined) return found[1];
  }
  return "window";
}
