import { createRequire } from "node:module";
import { BytePairEncoding, GPT2_BYTES, GPT2_PATTERN } from "./bpe";
import type { Merge } from "./bpe";

/** The last token of GPT-2's vocabulary, between documents: it reads "<|endoftext|>", but a text never encodes to it. */
export const GPT2_END_OF_TEXT = 50_256;

let loaded: BytePairEncoding | undefined;

/**
 * GPT-2's vocabulary of 50,257 tokens: 256 bytes, 50,000 merges and the end of a text, from the npm package gpt-tokenizer. No network. Read once.
 * @throws Error where the package is missing or holds something else
 */
export function gpt2Bpe(): BytePairEncoding {
  loaded ??= new BytePairEncoding(mergesOf(tokensOf(readRanks())), GPT2_PATTERN, ["<|endoftext|>"]);
  return loaded;
}

/** Tokens in the order of their numbers: as text, or as bytes where they are no UTF-8. */
function readRanks(): (string | number[])[] {
  const cure = "reinstall it with `npm run setup`";
  let ranks: unknown;
  try {
    const load = createRequire(__filename);
    ranks = (load("gpt-tokenizer/cjs/bpeRanks/r50k_base") as { default: unknown }).default;
  } catch (cause) {
    throw new Error(`gpt2Bpe: the package gpt-tokenizer cannot be loaded: ${cure}`, { cause });
  }
  if (!Array.isArray(ranks) || ranks.length !== GPT2_END_OF_TEXT) {
    throw new Error(
      `gpt2Bpe: the package gpt-tokenizer does not hold GPT-2's first ${GPT2_END_OF_TEXT} tokens: ${cure}`,
    );
  }
  return ranks as (string | number[])[];
}

/** Each token's bytes, as a text of one character a byte. */
function tokensOf(ranks: (string | number[])[]): string[] {
  const tokens = ranks.map((rank) => Buffer.from(rank as string).toString("latin1"));
  const wrong = GPT2_BYTES.findIndex((byte, token) => tokens[token] !== String.fromCharCode(byte));
  if (wrong >= 0) throw new Error(`gpt2Bpe: token ${wrong} of the package gpt-tokenizer is not GPT-2's`);
  return tokens;
}

/**
 * The package lists tokens, not merges. But token n was made of two earlier ones: those into which its bytes are encoded when
 * only tokens below n exist.
 */
function mergesOf(tokens: string[]): Merge[] {
  const numbers = new Map(tokens.map((token, n) => [token, n]));
  return tokens.slice(256).map((token, i): Merge => {
    const parts = [...token];
    while (parts.length > 2) {
      let [best, at] = [256 + i, -1];
      for (let k = 0; k + 1 < parts.length; k++) {
        const made = numbers.get(parts[k]! + parts[k + 1]!) ?? Infinity;
        if (made < best) [best, at] = [made, k];
      }
      if (at < 0) throw new Error(`gpt2Bpe: token ${256 + i} of the package gpt-tokenizer is no merge of two`);
      parts.splice(at, 2, parts[at]! + parts[at + 1]!);
    }
    return [numbers.get(parts[0]!)!, numbers.get(parts[1]!)!];
  });
}
