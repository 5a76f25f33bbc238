import { exercise } from "./exercise";
import { readNamed, showNumber } from "./numbers";

/** Nobody who sees only the text before guesses English letters this well [Shannon 1951: at least 0.6 bits]. */
const IMPOSSIBLE = 0.4;

/**
 * Open-ended: the student changes a model of text, and hands in { before, after, characters }: nats per character on the same unseen
 * characters, and how many those were.
 */
export const betterText = exercise("betterText", (answer, fail) => {
  const got = readNamed(answer, ["before", "after", "characters"]);
  if (typeof got === "string") return fail(got);
  const [before, after, characters] = got as [number, number, number];
  for (const [name, value] of Object.entries({ before, after, characters })) {
    if (!Number.isFinite(value)) return fail(`${name} is ${value}: a chance of 0 somewhere, or no characters?`);
  }
  if (!Number.isInteger(characters) || characters < 500) {
    return fail(`characters is ${showNumber(characters)}: on fewer than 500 the difference is mostly chance`);
  }
  for (const [name, value] of Object.entries({ before, after })) {
    if (value < 0) return fail(`${name} is ${showNumber(value)}: that is ln p; the cost is −ln p`);
    if (value < IMPOSSIBLE) {
      const why = "do the chances add up to 1, and was the text unseen?";
      return fail(`${name} is ${showNumber(value)} nats, less than English holds: ${why}`);
    }
  }
  const change = `${showNumber(before)} → ${showNumber(after)} nats per character`;
  if (after > before) return fail(`${change}: it rose; lower is better, keep the best`);
  if (after === before) return `${change}: as good as before; what else could you change?`;
  return `${change}, ${showNumber(100 * (1 - after / before))} % lower on ${characters} characters`;
});
