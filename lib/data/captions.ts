/**
 * A tiny language for digits: "a thick 3 leaning left". Which digit, how heavy its strokes are and which way it leans,
 * each in several words; weight and lean may be left out.
 */
import type { StrokeLean, StrokeWeight } from "../evaluate/stroke-style";
import { tf } from "../tensor/tf";

/** What a caption says. */
export interface CaptionedStyle {
  /** 0 to 9 */
  digit: number;
  weight?: StrokeWeight;
  lean?: StrokeLean;
}

const NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

const WEIGHTS: Record<StrokeWeight, readonly string[]> = {
  thin: ["thin", "light", "fine"],
  normal: ["normal", "regular", "medium"],
  bold: ["bold", "thick", "heavy"],
};

const LEANS: Record<StrokeLean, readonly string[]> = {
  left: ["leaning left", "slanted left", "tilted to the left"],
  upright: ["upright", "straight", "not leaning", "not slanted"],
  right: ["leaning right", "slanted right", "tilted to the right"],
};

const OPENINGS = ["a", "draw a", "write a", "the digit", "the number"];

/** Every way to build a caption of its parts; a part that is "" is left out. */
const ORDERS: readonly ((open: string, number: string, weight: string, lean: string) => string)[] = [
  (open, number, weight, lean) => `${open} ${weight} ${number} ${lean}`,
  (open, number, weight, lean) => `${open} ${number} ${lean} ${weight && `, ${weight}`}`,
  (open, number, weight, lean) => `${open} ${number} ${weight && `with ${weight} strokes`} ${lean}`,
  (open, number, weight, lean) => `${open} ${number} that is ${weight} ${weight && "and"} ${lean}`,
  (_, number, weight, lean) => `${number} , ${[lean, weight].filter(Boolean).join(" , ")}`,
];

/** Stands where a caption has no more words, and alone for "anything". */
const NOTHING = "·";

/** All words, NOTHING first; a word's number is its place. */
export const CAPTION_WORDS: readonly string[] = [
  ...new Set(
    [
      NOTHING,
      ...Array.from({ length: 10 }, (_, digit) => String(digit)),
      ...NUMBERS,
      ...[WEIGHTS, LEANS].flatMap((words) => Object.values(words).flat()),
      ...OPENINGS,
      "with strokes that is and",
    ].flatMap((words) => words.split(" ")),
  ),
];

/** The most words in a caption. */
export const CAPTION_LENGTH = 11;

/** Chooses one of n, 0 … n − 1. */
export type Choose = (n: number) => number;

/** One of the many captions that say this. "a heavy three, not slanted" */
export function caption({ digit, weight, lean }: CaptionedStyle, choose: Choose): string {
  const one = (list: readonly string[]): string => list[choose(list.length)]!;
  if (NUMBERS[digit] === undefined) throw new RangeError(`caption: wanted a digit 0 to 9, got ${digit}`);
  const number = choose(2) === 0 ? String(digit) : NUMBERS[digit];
  const orders = (weight ?? lean) ? ORDERS : ORDERS.slice(0, 1);
  // "that is" needs something to say.
  const text = orders[choose(orders.length)]!(
    one(OPENINGS),
    number,
    weight ? one(WEIGHTS[weight]) : "",
    lean ? one(LEANS[lean]) : "",
  );
  return text
    .replace(/and\s*$/, "")
    .replace(/\s+/g, " ")
    .replace(/ ,/g, ",")
    .trim();
}

/**
 * A caption's words as numbers, filled up to CAPTION_LENGTH. Commas and capitals do not count; "" is "anything".
 * @throws Error naming the first word that the language does not have
 */
export function captionTokens(text: string): Int32Array {
  const words = text.toLowerCase().match(/[^\s,.!?]+/g) ?? [];
  if (words.length > CAPTION_LENGTH) {
    throw new Error(
      `captionTokens: "${text}" has ${words.length} words, at most ${CAPTION_LENGTH} fit: say it shorter`,
    );
  }
  const tokens = new Int32Array(CAPTION_LENGTH);
  words.forEach((word, i) => {
    const token = CAPTION_WORDS.indexOf(word);
    if (token < 1)
      throw new Error(`captionTokens: "${word}" is no word of it: there are ${CAPTION_WORDS.slice(1).join(" ")}`);
    tokens[i] = token;
  });
  return tokens;
}

/** The tokens of several captions: [B, CAPTION_LENGTH], int32. */
export function captionBatch(texts: readonly string[]): tf.Tensor2D {
  const tokens = Int32Array.from(texts.flatMap((text) => [...captionTokens(text)]));
  return tf.tensor2d(tokens, [texts.length, CAPTION_LENGTH], "int32");
}
