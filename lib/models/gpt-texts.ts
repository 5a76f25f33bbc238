/**
 * Texts out of a compiled GPT, seen from outside: prompts go in as numbers, checked before they reach a graph that would not
 * complain, and texts longer than the context are written piece by piece.
 */
import { expectSize } from "../tensor/expect";
import type { RandomStream } from "../tensor/random";
import { tf } from "../tensor/tf";
import type { GptConfig } from "./gpt";
import { expectCount, WANTED_CHOICE } from "./gpt-sampling";
import type { Choice, Continuation } from "./gpt-sampling";

/**
 * A prompt for a compiled gptContinue or gptBeam, filled up to the context, and checked at every call. Their bodies are recorded
 * once and see the first call's numbers alone: later a length of 0, or on a GPU a token that does not exist, goes through as nonsense.
 * @param texts token numbers, all of one length, at least one token each
 * @param count how many tokens are to follow
 * @returns int32 [B, context], which the caller disposes, and the number of tokens in each text
 * @throws Error or RangeError in one line: no prompt, different lengths, more tokens than fit, a number that is no token's
 */
export function gptPrompt(
  texts: readonly ArrayLike<number>[],
  { vocab, context }: Pick<GptConfig, "vocab" | "context">,
  count = 1,
): { prompt: tf.Tensor2D; length: number } {
  const length = expectTexts("gptPrompt", texts, vocab);
  expectCount("gptPrompt", count, context);
  const most = context - count + 1;
  if (length > most) {
    const sizes = `a prompt of ${length} tokens and ${count} more, the context is ${context}`;
    throw new RangeError(`gptPrompt: ${sizes}: give the last ${most}`);
  }
  const filled = new Int32Array(texts.length * context);
  texts.forEach((text, b) => filled.set(Array.from(text), b * context));
  return { prompt: tf.tensor2d(filled, [texts.length, context], "int32"), length };
}

/** A compiled gptContinue: `(inputs, scalars) => program.generate(inputs, scalars).tokens`. */
export type Continue = (
  inputs: Continuation<tf.Tensor2D, tf.Tensor2D>,
  scalars: Choice<number> & { length: number },
) => tf.Tensor2D;

export interface ContinueOptions extends Partial<Choice<number>> {
  /** How many tokens to add. */
  count: number;
  /** The model's. */
  context: number;
  /** The model's V: with it, a prompt's numbers are checked against it. */
  vocab?: number;
  /** Gives u. */
  stream: RandomStream;
  /** Tokens in one call, n of gptContinue; half of the context without it. */
  piece?: number;
}

/**
 * Texts of any length, piece by piece, by a sliding window: before each piece the model sees the last context − piece + 1 tokens
 * (fewer while the text is short), and forgets everything before them.
 * @param prompts token numbers, all of one length, at least one token each
 * @returns what was added to each: [count]
 * @throws Error in one line for an empty prompt, prompts of different lengths, numbers that are no token's, and sizes without meaning
 */
export function continueTexts(
  prompts: readonly ArrayLike<number>[],
  generate: Continue,
  options: ContinueOptions,
): Int32Array[] {
  const { count, context, vocab, stream, temperature = 1, topK = 1e9, topP = 1 } = options;
  const given = expectTexts("continueTexts", prompts, vocab);
  for (const [name, size] of Object.entries({ count, context })) expectSize("continueTexts", name, size);
  const piece = options.piece ?? Math.max(1, context >> 1);
  expectSize("continueTexts", "piece", piece);
  if (piece > context) throw new RangeError(`continueTexts: piece ${piece} is longer than the context, ${context}`);
  for (const [name, value] of Object.entries({ temperature, topK, topP })) {
    const { is, words, cure } = WANTED_CHOICE[name as keyof Choice];
    if (!is(value)) throw new RangeError(`continueTexts: ${name} is ${value}, wanted ${words}: ${cure}`);
  }
  const B = prompts.length;
  const texts = prompts.map((prompt) => {
    const text = new Int32Array(given + piece * Math.ceil(count / piece));
    text.set(Array.from(prompt));
    return text;
  });
  for (let done = given; done < given + count; done += piece) {
    const seen = Math.min(done, context - piece + 1);
    const window = new Int32Array(B * context);
    texts.forEach((text, b) => window.set(text.subarray(done - seen, done), b * context));
    const prompt = tf.tensor2d(window, [B, context], "int32");
    const u = stream.uniform([B, piece]);
    const tokens = generate({ prompt, u }, { length: seen, temperature, topK, topP });
    const values = tokens.dataSync<"int32">();
    tf.dispose([prompt, u, tokens]);
    if (tokens.shape.join() !== `${B},${piece}`) {
      throw new Error(`continueTexts: generate gave [${tokens.shape.join(", ")}], wanted [${B}, ${piece}]`);
    }
    texts.forEach((text, b) => text.set(values.subarray(b * piece, (b + 1) * piece), done));
  }
  return texts.map((text) => text.slice(given, given + count));
}

/** Their one length. */
function expectTexts(who: string, texts: readonly ArrayLike<number>[], vocab = Infinity): number {
  const lengths = texts.map(({ length }) => length);
  const length = lengths[0] ?? 0;
  if (length < 1) throw new Error(`${who}: no prompt: give at least one token, for example a line break`);
  const other = lengths.find((each) => each !== length);
  if (other !== undefined) {
    throw new Error(`${who}: prompts of ${length} and ${other} tokens: shorten them to one length`);
  }
  for (const [b, text] of texts.entries()) {
    const at = Array.from(text).findIndex((id) => !(Number.isInteger(id) && id >= 0 && id < vocab));
    if (at < 0) continue;
    const wanted = vocab === Infinity ? "0 or more" : `0 to ${vocab - 1}`;
    throw new RangeError(`${who}: prompt ${b} has ${text[at]} at place ${at}, wanted a token's number, ${wanted}`);
  }
  return length;
}
