import type { Check } from "./exercise";
import { functionExercise, valueExercise } from "./exercise";

type List = readonly number[];

const sum = (list: List): number => list.reduce((total, value) => total + value, 0);
const normed = (list: List): number[] => list.map((value) => value / sum(list));
const softmax = (list: List): number[] => normed(list.map((value) => Math.exp(value - Math.max(...list))));

const sharpened = functionExercise<readonly [List, number]>("sharpened", {
  call: "sharpened(p, T)",
  given: [
    [[0.5, 0.3, 0.2], 0.5],
    [[0.1, 0.6, 0.05, 0.25], 2],
  ],
  describe: (p, T) => `for chances ${p.join(", ")} and T = ${T},`,
  wanted: (p, T) => normed(p.map((chance) => chance ** (1 / T))),
  mistakes: [
    {
      gives: (p, T) => normed(p.map((chance) => chance ** T)),
      because: "T is the wrong way round: p to the power 1/T",
    },
    {
      gives: (p, T) => p.map((chance) => chance ** (1 / T)),
      because: "they no longer add up to 1: divide by their sum",
    },
    { gives: (p, T) => softmax(p.map((chance) => chance / T)), because: "softmax wants logits, that is ln p, not p" },
    {
      gives: (p) => [...p],
      because: "dividing all chances by T and then by their sum changes nothing: it is the logits that are divided",
    },
    {
      gives: (p, T) => normed(p.map((chance) => Math.log(chance) / T)),
      because: "those are logarithms: take e to the power of each before you divide by the sum",
    },
  ],
  praise: "T → 0 leaves the likeliest symbol, T → ∞ makes all alike.",
});

function nucleusOf(p: List, topP: number, { extra = 0, norm = true, beyond = false } = {}): number[] {
  const order = p.map((_, i) => i).sort((a, b) => p[b]! - p[a]!);
  let [mass, count] = [0, 0];
  while (count < order.length && (mass < topP || (beyond && mass === topP))) mass += p[order[count++]!]!;
  const kept = new Set(order.slice(0, Math.max(0, count + extra)));
  const rest = p.map((chance, i) => (kept.has(i) ? chance : 0));
  return norm ? normed(rest) : rest;
}

/** What is left where each kept chance is looked up by its value: of equal ones the first is written again and again. */
function byFirstEqual(p: List, topP: number): { rest: number[]; mass: number } {
  const kept = nucleusOf(p, topP, { norm: false }).filter((chance) => chance > 0);
  return {
    rest: p.map((chance, i) => (kept.includes(chance) && p.indexOf(chance) === i ? chance : 0)),
    mass: sum(kept),
  };
}

const TOO_FEW = "one too few: the symbol with which the sum passes top-p is kept, so that at least one is left";
const FIRST_EQUAL = "equal chances are symbols of their own: indexOf finds the first of them only; sort the indices";

const nucleus = functionExercise<readonly [List, number]>("nucleus", {
  call: "nucleus(p, topP)",
  given: [
    [[0.1, 0.4, 0.05, 0.3, 0.15], 0.8],
    [[0.25, 0.5, 0.125, 0.125], 0.5], // reached exactly, and by a number that has no rounding error
    [[0.35, 0.05, 0.25, 0.2, 0.15], 0.7], // a limit of 1 − top-p on each chance leaves one, too short a sum two
    [[0.25, 0.25, 0.25, 0.25], 0.5], // the cut lies among equals
  ],
  run: (f, p, topP) => {
    const chances: unknown = f(p, topP);
    const alike = p.every((chance) => chance === p[0]);
    // Which of equals stay is free: then only how many count.
    return alike && Array.isArray(chances) ? (chances as number[]).sort((a, b) => b - a) : chances;
  },
  describe: (p, topP) => `for chances ${p.join(", ")} and top-p ${topP},`,
  wanted: (p, topP) => nucleusOf(p, topP),
  mistakes: [
    { gives: (p, topP) => nucleusOf(p, topP, { norm: false }), because: "what is left must add up to 1 again" },
    {
      gives: (p, topP) => {
        const kept = nucleusOf(p, topP, { extra: -1, norm: false });
        return sum(kept) > 0 ? normed(kept) : kept;
      },
      because: TOO_FEW,
    },
    {
      gives: (p, topP) => {
        const order = p.map((_, i) => i).sort((a, b) => p[b]! - p[a]!);
        let mass = 0;
        const kept = new Set(order.filter((i) => (mass += p[i]!) <= topP));
        return normed(p.map((chance, i) => (kept.has(i) ? chance : 0)));
      },
      because: TOO_FEW,
    },
    {
      gives: (p, topP) => nucleusOf(p, topP, { beyond: true }),
      because: "where the sum reaches top-p exactly it is enough: stop there",
    },
    {
      gives: (p, topP) => nucleusOf(p, topP, { extra: 1 }),
      because: "one too many: stop as soon as the sum reaches top-p",
    },
    {
      gives: (p, topP) => normed(p.map((chance) => (chance >= 1 - topP ? chance : 0))),
      because: "that is a limit on each chance; top-p is one on the sum of the likeliest",
    },
    {
      gives: (p, topP) => {
        let mass = 0;
        return normed(p.map((chance) => ((mass += chance) - chance < topP ? chance : 0)));
      },
      because: "the sum runs in the order of the symbols: sort by chance first, likeliest at the front",
    },
    {
      gives: (p, topP) => {
        const least = Math.min(...nucleusOf(p, topP, { norm: false }).filter((chance) => chance > 0));
        return normed(p.map((chance) => (chance >= least ? chance : 0)));
      },
      because: "of equal chances only as many are kept as are needed: choose symbols by index, not by value",
    },
    { gives: (p, topP) => normed(byFirstEqual(p, topP).rest), because: FIRST_EQUAL },
    {
      gives: (p, topP) => {
        const { rest, mass } = byFirstEqual(p, topP);
        return rest.map((chance) => chance / mass);
      },
      because: FIRST_EQUAL,
    },
  ],
  praise: "Many symbols where the model is unsure, one where it is sure: top-k cannot do that.",
});

function merged(tokens: List, [left, right]: readonly [number, number], made: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const both = tokens[i] === left && tokens[i + 1] === right;
    out.push(both ? made : tokens[i]!);
    if (both) i++;
  }
  return out;
}

const mergePair = functionExercise<readonly [List, readonly [number, number], number]>("mergePair", {
  call: "mergePair(tokens, pair, made)",
  given: [
    [[1, 2, 3, 1, 2, 2, 1], [1, 2], 9],
    [[5, 5, 5, 4, 5, 5], [5, 5], 8],
    [[11, 2, 1, 2, 1, 2, 1, 21], [1, 2], 9], // digits of other tokens look like the pair, and one pair follows another
  ],
  describe: (tokens, pair, made) => `for ${tokens.join(" ")}, where ${pair.join(" ")} becomes ${made},`,
  wanted: merged,
  mistakes: [
    {
      gives: (tokens, pair, made) => {
        const at = tokens.findIndex((token, i) => token === pair[0] && tokens[i + 1] === pair[1]);
        return at < 0 ? [...tokens] : [...tokens.slice(0, at), made, ...tokens.slice(at + 2)];
      },
      because: "only the first pair is merged: go on to the end",
    },
    {
      gives: (tokens, [a, b], made) =>
        tokens.flatMap((token, i) =>
          token === a && tokens[i + 1] === b ? [made] : token === b && tokens[i - 1] === a ? [] : [token],
        ),
      because: "a token was used twice: after a pair go on behind it (5 5 5 holds one pair, then a 5 is left)",
    },
    {
      gives: (tokens, [a, b], made) => tokens.map((token, i) => (token === a && tokens[i + 1] === b ? made : token)),
      because: "the right half is still there: two tokens become one",
    },
    {
      gives: (tokens, [a, b], made) => merged(merged(tokens, [a, b], made), [b, a], made),
      because: "the order counts: (2, 1) is another pair than (1, 2)",
    },
    {
      gives: (tokens, pair, made) => [...merged([...tokens].reverse(), [pair[1], pair[0]], made)].reverse(),
      because: "from left to right: of 5 5 5 the first two merge",
    },
    {
      gives: (tokens, pair, made) => tokens.join(" ").replaceAll(pair.join(" "), `${made}`).split(" ").map(Number),
      because: "tokens are numbers, not digits: 11 2 and 1 21 do not hold the pair 1 2; compare the numbers",
    },
    {
      gives: (tokens, pair, made) =>
        ` ${tokens.join(" ")} `
          .replaceAll(` ${pair.join(" ")} `, ` ${made} `)
          .trim()
          .split(" ")
          .map(Number),
      because: "a pair directly after a pair is missed: the space between them was used up; compare the numbers",
    },
  ],
  praise: "Count pairs, merge the most frequent, repeat: that is all of BPE's training.",
});

/** 3.2 nats a token, 1,000 tokens that stand for 4,000 characters. */
const bitsPerCharacter = functionExercise<readonly [number, number, number]>("bitsPerCharacter", {
  call: "bitsPerCharacter(natsPerToken, tokens, characters)",
  given: [
    [3.2, 1000, 4000],
    [1.4, 500, 500],
  ],
  describe: (nats, tokens, characters) => `for ${nats} nats a token, ${tokens} tokens, ${characters} characters,`,
  wanted: (nats, tokens, characters) => (nats * tokens) / characters / Math.LN2,
  mistakes: [
    { gives: (nats, tokens, characters) => (nats * tokens) / characters, because: "those are nats: divide by ln 2" },
    {
      gives: (nats, tokens, characters) => ((nats * tokens) / characters) * Math.LN2,
      because: "from nats to bits one divides by ln 2",
    },
    { gives: (nats) => nats / Math.LN2, because: "those are bits a token; a token stands for several characters" },
    {
      gives: (nats, tokens, characters) => (nats * characters) / tokens / Math.LN2,
      because: "upside down: the whole text costs nats · tokens, and is shared among its characters",
    },
  ],
  praise: "Only so do models with different vocabularies compare.",
});

/** GPT-2 small: 12 layers, width 768, 1,024 tokens, float32. */
const cacheSize = valueExercise("cacheSize", {
  wanted: 2 * 12 * 768 * 1024 * 4,
  rtol: 1e-9,
  mistakes: [
    {
      gives: 12 * 768 * 1024 * 4,
      because: "half of it: keys and values are both kept, and a float32 has 4 bytes, not 2",
    },
    { gives: 3 * 12 * 768 * 1024 * 4, because: "queries are not kept: only the newest token asks" },
    { gives: 2 * 12 * 768 * 1024, because: "those are numbers; a float32 has 4 bytes" },
    { gives: 2 * 768 * 1024 * 4, because: "every layer has keys and values of its own: 12 times that" },
    {
      gives: 2 * 12 * 12 * 768 * 1024 * 4,
      because: "the heads share the width: 12 heads of 64 are 768 numbers, not 12 · 768",
    },
    { gives: 2 * 12 * 768 * 4, because: "that is one token; the cache holds 1,024" },
  ],
  praise: "75 MB for one text, a sixth of the weights: why servers run out of memory with long contexts.",
});

/** Checkers of notebook 03 about choosing tokens, and about counting them. */
export const gptTokenChecks = {
  sharpened,
  nucleus,
  mergePair,
  bitsPerCharacter,
  cacheSize,
} satisfies Record<string, Check>;
