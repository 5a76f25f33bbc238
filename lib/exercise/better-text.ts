import { exercise } from "./exercise";
import { readNamed, showNumber } from "./numbers";

/** Nobody who sees only the text before guesses English letters this well [Shannon 1951: at least 0.6 bits]. */
const IMPOSSIBLE = 0.4;
/** A uniform choice among 65 characters costs 4.2 nats; above this it is no mean. */
const SUM = 10;
/** From nanoGPT's CPU configuration to one with 13 times the weights tiny Shakespeare gets 22 % cheaper: 1.88 → 1.4697 nats. */
const SUSPICIOUS = 0.25;

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
    if (name === "before" && value > SUM) {
      const why = "a sum over the characters? Divide by how many they are";
      return fail(`${name} is ${showNumber(value)}, wanted nats per character, below ${SUM}: ${why}`);
    }
    if (value < IMPOSSIBLE) {
      const why = "do the chances add up to 1, and was the text unseen?";
      return fail(`${name} is ${showNumber(value)} nats, less than English holds: ${why}`);
    }
  }
  const change = `${showNumber(before)} → ${showNumber(after)} nats per character`;
  if (after > before) return fail(`${change}: it rose; lower is better, keep the best`);
  // Also where it differs in digits that nobody is shown.
  if (showNumber(after) === showNumber(before)) return fail(`${change}: no lower; what else could you change?`);
  const lower = 1 - after / before;
  if (lower > SUSPICIOUS) {
    const why = "does a chance depend on its own character or on later ones, or was the unseen text learned from?";
    return fail(`${change}: ${showNumber(100 * lower)} % lower, more than the 22 % that nanoGPT gains by size: ${why}`);
  }
  return `${change}, ${showNumber(100 * lower)} % lower on ${characters} characters`;
});
