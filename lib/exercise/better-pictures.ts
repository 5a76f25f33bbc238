import { exercise } from "./exercise";
import { readNamed, showNumber } from "./numbers";

/** The lowest FID that a fair comparison of two samples can give here: below it something was compared with itself. */
const IMPOSSIBLE = 0.05;

/**
 * Open-ended: the student changes how pictures are drawn or trained, and hands in { before, after, samples }: two FIDs
 * against the same digits, and the number of pictures each was measured on.
 */
export const betterPictures = exercise("betterPictures", (answer, fail) => {
  const got = readNamed(answer, ["before", "after", "samples"]);
  if (typeof got === "string") return fail(got);
  const [before, after, samples] = got as [number, number, number];
  for (const [name, value] of Object.entries({ before, after, samples })) {
    if (!Number.isFinite(value)) return fail(`${name} is ${value}: a set with NaN pixels, or fewer than two pictures?`);
  }
  if (!Number.isInteger(samples) || samples < 100) {
    return fail(`samples is ${showNumber(samples)}: with fewer than 100 pictures FID is mostly noise`);
  }
  if (before < IMPOSSIBLE || after < IMPOSSIBLE) {
    const which = after < IMPOSSIBLE ? "after" : "before";
    return fail(`${which} is ${showNumber(which === "after" ? after : before)}: that is a set compared with itself`);
  }
  const ratio = after / before;
  if (ratio > 1) {
    const more = showNumber(100 * (ratio - 1));
    return fail(
      `FID rose from ${showNumber(before)} to ${showNumber(after)}, by ${more} %: lower is better; keep the best`,
    );
  }
  if (ratio === 1)
    return `${showNumber(before)} → ${showNumber(after)}: as good as before; what else could you change?`;
  return `${showNumber(before)} → ${showNumber(after)}, ${showNumber(100 * (1 - ratio))} % lower on ${samples} pictures`;
});
