import pixelmatch from "pixelmatch";
import { PNG } from "pngjs";
import type { Finding, Strictness } from "./difference";

/** How far two pictures of the same thing may lie apart; differences are shares of the full range. */
export const LIMITS = {
  /** All but this share of the pixels look alike to a person (pixelmatch, YIQ distance 0.1). */
  unlike: 0.001,
  /** Mean difference over all channels; one step in 256 everywhere is 0.0039. */
  mean: 0.005,
  /** The largest difference of any channel: a single wrong pixel shows here. */
  max: 0.25,
};

export interface PictureDistance {
  unlike: number;
  mean: number;
  max: number;
}

/** @throws Error if the sizes differ */
export function pictureDistance(a: PNG, b: PNG): PictureDistance {
  const pixels = a.width * a.height;
  if (a.width !== b.width || a.height !== b.height) throw new Error("pictureDistance: wanted pictures of one size");
  let sum = 0;
  let max = 0;
  for (let i = 0; i < a.data.length; i++) {
    const distance = Math.abs((a.data[i] ?? 0) - (b.data[i] ?? 0)) / 255;
    sum += distance;
    if (distance > max) max = distance;
  }
  const unlike = pixelmatch(a.data, b.data, undefined, a.width, a.height, { threshold: 0.1, includeAA: true });
  return { unlike: unlike / pixels, mean: sum / a.data.length, max };
}

/**
 * Compares two PNGs (base64): their size, and that they still show something, where `strict.lengths`, and
 * what they show where `strict.values`.
 */
export function comparePictures(expected: string, got: string, strict: Strictness, path: string): Finding[] {
  if (expected === got) return [];
  const note = (before: string, after: string, message: string): Finding[] => [
    { kind: "picture", path, expected: before, got: after, message },
  ];
  const [a, b] = [decode(expected), decode(got)];
  if (!b) return note("a PNG", "not a PNG", "the picture cannot be read");
  if (!a) return note("not a PNG", "a PNG", "the committed picture cannot be read: execute with --update");
  const [before, after] = [a, b].map(({ width, height }) => `${width} × ${height} pixels`) as [string, string];
  if (!strict.lengths) return [];
  if (before !== after) return note(before, after, `the picture has ${after}, expected ${before}`);
  if (!strict.values) {
    return isFlat(b) && !isFlat(a) ? note("a picture", "one colour", "the picture is all of one colour now") : [];
  }
  const distance = pictureDistance(a, b);
  const over = (Object.keys(LIMITS) as (keyof typeof LIMITS)[]).filter((key) => distance[key] > LIMITS[key]);
  if (over.length === 0) return [];
  const [limits, found] = [LIMITS, distance].map((set) =>
    over.map((key) => `${key} ${+set[key].toPrecision(3)}`).join(", "),
  );
  return note(`at most ${limits}`, found ?? "", `the picture differs: ${found}, allowed ${limits}`);
}

/** Whether every pixel is the same: a generator that has died. */
function isFlat({ data }: PNG): boolean {
  return data.every((level, i) => level === data[i % 4]);
}

function decode(base64: string): PNG | undefined {
  try {
    return PNG.sync.read(Buffer.from(base64, "base64"));
  } catch {
    return undefined;
  }
}
