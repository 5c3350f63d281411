// How a person is shown where there is no picture: by initials.

/** The first letters of the first and the last word: "LP" for Lee Park, "L" for lee@example. */
export function initials(name: string): string {
  const words = (name.split("@")[0] ?? "").split(/\s+/).filter((word) => word !== "");
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters
    .map((word) => Array.from(word ?? "")[0] ?? "")
    .join("")
    .toUpperCase();
}
