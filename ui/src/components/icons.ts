// Lanyard's icons: a 20 px grid, strokes of 1.6 px with round ends, the current colour.

/** What one icon is made of. */
export interface Drawing {
  /** Paths that are stroked. */
  readonly lines: readonly string[];
  /** Filled dots: centre and radius. */
  readonly dots?: readonly (readonly [x: number, y: number, radius: number])[];
  /** The dash pattern of the strokes, where they are broken. */
  readonly dash?: string;
}

/** A circle as a path. */
function ring(x: number, y: number, radius: number): string {
  const across = radius * 2;
  return `M${x - radius} ${y}a${radius} ${radius} 0 1 1 ${across} 0a${radius} ${radius} 0 1 1 ${-across} 0z`;
}

/** A rectangle with round corners as a path. */
function box(x: number, y: number, width: number, height: number, corner: number): string {
  const across = width - 2 * corner;
  const down = height - 2 * corner;
  const turn = (dx: number, dy: number) => `a${corner} ${corner} 0 0 1 ${dx} ${dy}`;
  return (
    `M${x + corner} ${y}h${across}${turn(corner, corner)}v${down}${turn(-corner, corner)}` +
    `h${-across}${turn(-corner, -corner)}v${-down}${turn(corner, -corner)}z`
  );
}

const circle = ring(10, 10, 7.4);
// Round ends add a stroke's width to each dash: nine of them close the circle.
const nineDashes = "1.6 3.566";

const drawn = {
  // Tokens
  key: { lines: [box(6.2, 2.4, 7.6, 11.4, 2.6), ring(10, 7.4, 1.8), "M8 13.8v3.6h4v-3.6"] },
  card: {
    lines: [box(2.4, 4.6, 15.2, 10.8, 2.2), box(5.2, 8, 3.8, 3.6, 0.9), "M12 8.6h2.8M12 11.4h2.8"],
  },
  chip: {
    lines: [
      box(4.8, 4.8, 10.4, 10.4, 2.2),
      box(8, 8, 4, 4, 0.9),
      "M8 4.8V2.4M12 4.8V2.4M8 17.6v-2.4M12 17.6v-2.4M4.8 8H2.4M4.8 12H2.4M17.6 8h-2.4M17.6 12h-2.4",
    ],
  },
  reader: {
    lines: [
      box(2.4, 10, 15.2, 6.4, 2),
      "M5.2 10V5.6a1.6 1.6 0 0 1 1.6-1.6h6.4a1.6 1.6 0 0 1 1.6 1.6V10M6.4 13.2h3",
    ],
  },

  // Proofs and outcomes
  toDo: { lines: [circle], dash: nineDashes },
  now: { lines: [circle], dots: [[10, 10, 2.4]] },
  done: { lines: [circle, "M7 10.3l2.1 2.1 4-4.4"] },
  failed: {
    lines: ["M7.2 3.2h5.6l4 4v5.6l-4 4H7.2l-4-4V7.2z", "M7.9 7.9l4.2 4.2M12.1 7.9l-4.2 4.2"],
  },
  notChecked: { lines: [circle, "M7.4 10h5.2"], dash: nineDashes },
  warning: {
    lines: ["M10 3.4l7 12.2a.7.7 0 0 1-.6 1.1H3.6a.7.7 0 0 1-.6-1.1z", "M10 8.2v3.8"],
    dots: [[10, 14.2, 0.95]],
  },
  notice: { lines: [circle, "M10 9.6v3.8"], dots: [[10, 6.8, 1]] },
  shield: {
    lines: [
      "M10 2.6l6.2 2.3v4.5c0 3.9-2.5 6.7-6.2 8-3.7-1.3-6.2-4.1-6.2-8V4.9z",
      "M7.3 9.9l2 2 3.5-3.9",
    ],
  },

  // Ways to sign in
  person: { lines: [ring(10, 6.6, 3.2), "M4 17.2a6 6 0 0 1 12 0"] },
  lock: { lines: [box(4.4, 8.8, 11.2, 8.4, 2), "M7 8.8V6.2a3 3 0 0 1 6 0v2.6"] },
  code: {
    lines: [box(2.4, 5.4, 15.2, 9.2, 2.2)],
    dots: [
      [6.4, 10, 1.1],
      [10, 10, 1.1],
      [13.6, 10, 1.1],
    ],
  },

  // Controls
  eye: {
    lines: [
      "M2.4 10S5.2 4.9 10 4.9s7.6 5.1 7.6 5.1-2.8 5.1-7.6 5.1S2.4 10 2.4 10z",
      ring(10, 10, 2.2),
    ],
  },
  eyeClosed: {
    lines: [
      "M2.4 10S5.2 4.9 10 4.9s7.6 5.1 7.6 5.1-2.8 5.1-7.6 5.1S2.4 10 2.4 10z",
      ring(10, 10, 2.2),
      "M4 16.6L16 3.4",
    ],
  },
  close: { lines: ["M6.2 6.2l7.6 7.6M13.8 6.2l-7.6 7.6"] },
  back: { lines: ["M12 5.4L7.4 10l4.6 4.6"] },
  open: { lines: ["M5.4 8l4.6 4.6L14.6 8"] },
  closed: { lines: ["M8 5.4l4.6 4.6L8 14.6"] },
  search: { lines: [ring(9, 9, 5), "M12.8 12.8l3.8 3.8"] },
  copy: {
    lines: [
      box(7.4, 7.4, 9.6, 9.6, 2),
      "M13 4.8A1.8 1.8 0 0 0 11.2 3H4.8A1.8 1.8 0 0 0 3 4.8v6.4A1.8 1.8 0 0 0 4.8 13",
    ],
  },
  again: { lines: ["M16 10a6 6 0 1 1-1.8-4.3", "M16.4 3v3.4H13"] },
  outside: {
    lines: [
      "M8.6 4.4H6A1.6 1.6 0 0 0 4.4 6v8A1.6 1.6 0 0 0 6 15.6h8a1.6 1.6 0 0 0 1.6-1.6v-2.6",
      "M11.6 4.4h4v4M15.6 4.4L9.8 10.2",
    ],
  },

  // Marks and pages
  tenant: { lines: [circle, "M10.2 3.2c3.2 3.9 3.2 9.7 0 13.6"] },
  apps: {
    lines: [
      box(3, 3, 5.6, 5.6, 1.5),
      box(11.4, 3, 5.6, 5.6, 1.5),
      box(3, 11.4, 5.6, 5.6, 1.5),
      box(11.4, 11.4, 5.6, 5.6, 1.5),
    ],
  },

  // Applications
  money: {
    lines: [
      "M4 5.4c0-1.5 2.7-2.6 6-2.6s6 1.1 6 2.6-2.7 2.6-6 2.6-6-1.1-6-2.6z",
      "M4 5.4v9.2c0 1.5 2.7 2.6 6 2.6s6-1.1 6-2.6V5.4",
      "M4 10c0 1.5 2.7 2.6 6 2.6s6-1.1 6-2.6",
    ],
  },
  case: {
    lines: [
      box(2.8, 6.4, 14.4, 10, 2),
      "M7.2 6.4V5a1.6 1.6 0 0 1 1.6-1.6h2.4A1.6 1.6 0 0 1 12.8 5v1.4M2.8 11h14.4",
    ],
  },
  branch: {
    lines: [
      ring(6, 4.8, 1.8),
      ring(6, 15.2, 1.8),
      ring(14, 6.8, 1.8),
      "M6 6.6v6.8M14 8.6c0 2.6-2 3.6-4.4 3.6-2 0-3.6.4-3.6 1.6",
    ],
  },
  book: {
    lines: [
      "M10 5.6C8.6 4.4 6.2 4 3 4v11.4c3.2 0 5.6.4 7 1.6 1.4-1.2 3.8-1.6 7-1.6V4c-3.2 0-5.6.4-7 1.6zM10 5.6V17",
    ],
  },
  clock: { lines: [ring(10, 10, 7.2), "M10 6v4.2l2.6 1.6"] },
  speech: {
    lines: [
      "M5 3.6h10a2 2 0 0 1 2 2v6.8a2 2 0 0 1-2 2h-4.6L6.6 17.2v-2.8H5a2 2 0 0 1-2-2V5.6a2 2 0 0 1 2-2z",
    ],
  },
  letter: { lines: [box(2.6, 4.8, 14.8, 10.8, 2), "M3.2 6.2l6.8 5 6.8-5"] },
  calendar: { lines: [box(3, 4.4, 14, 12.6, 2), "M3 8.4h14M7 2.8v3.2M13 2.8v3.2"] },
  window: {
    lines: [box(2.8, 3.8, 14.4, 12.6, 2), "M2.8 7.8h14.4"],
    dots: [
      [5.4, 5.9, 0.8],
      [8, 5.9, 0.8],
    ],
  },
} satisfies Record<string, Drawing>;

/** The name of an icon. */
export type IconName = keyof typeof drawn;

export const icons: Readonly<Record<IconName, Drawing>> = drawn;
