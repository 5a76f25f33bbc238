/**
 * Byte-pair encoding [Gage 1994, Sennrich 2016], on bytes as GPT-2 does it: start with the 256 bytes, so that no text is impossible;
 * then, again and again, make the most frequent pair of neighbouring tokens one token of its own.
 *
 * A text is first cut into words with the space before them, and no token reaches across a cut: otherwise "dog." "dog!" "dog?"
 * would each become a token.
 */

/** How GPT-2 cuts a text: English endings, letters, digits, other signs, each with the space before it; spaces. */
export const GPT2_PATTERN = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** GPT-2 numbers the bytes that are visible characters of Latin-1 first, then the others. */
export const GPT2_BYTES: readonly number[] = (() => {
  const visible = (byte: number): boolean => (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173);
  const all = Array.from({ length: 256 }, (_, byte) => byte);
  return [...all.filter(visible), ...all.filter((byte) => !visible(byte))];
})();

/** The token of each byte, the other way round. */
const BYTE_TOKENS = (() => {
  const tokens = new Uint8Array(256);
  GPT2_BYTES.forEach((byte, token) => (tokens[byte] = token));
  return tokens;
})();

/** Two tokens that become one. */
export type Merge = readonly [number, number];

/** A vocabulary of byte pairs: token 0 … 255 are the bytes in GPT-2's order, token 256 + i is made by merge i; signs come last. */
export class BytePairEncoding {
  /** Each token's bytes. */
  readonly tokens: readonly Uint8Array[];
  /** left · 2¹⁶ + right → the merged token; earlier merges have smaller numbers, so the number is the rank as well. */
  private readonly merged = new Map<number, number>();
  private readonly words = new Map<string, Int32Array>();

  /**
   * @param merges in order; each may use tokens made before it
   * @param signs tokens behind them that no text encodes to, as they read: "<|endoftext|>"
   */
  constructor(
    readonly merges: readonly Merge[],
    private readonly pattern: RegExp = GPT2_PATTERN,
    signs: readonly string[] = [],
  ) {
    const tokens = GPT2_BYTES.map((byte) => Uint8Array.of(byte));
    if (merges.length > MOST - 256)
      throw new RangeError(`BytePairEncoding: ${merges.length} merges, at most ${MOST - 256}`);
    merges.forEach(([left, right], i) => {
      const [a, b] = [tokens[left], tokens[right]];
      if (a === undefined || b === undefined) {
        throw new RangeError(
          `BytePairEncoding: merge ${i} joins ${left} and ${right}: only ${tokens.length} tokens exist`,
        );
      }
      if (this.merged.has(pairOf(left, right))) {
        throw new Error(`BytePairEncoding: merge ${i} joins ${left} and ${right}, as an earlier one does`);
      }
      this.merged.set(pairOf(left, right), tokens.length);
      tokens.push(Uint8Array.from([...a, ...b]));
    });
    this.tokens = [...tokens, ...signs.map((sign) => new TextEncoder().encode(sign))];
  }

  /** V, how many tokens there are. */
  get size(): number {
    return this.tokens.length;
  }

  /** A text as tokens; no text is impossible. @throws RangeError for half a character beyond 16 bits: it has no bytes */
  encode(text: string): Int32Array {
    expectWholeCharacters("BytePairEncoding.encode", text);
    const parts: Int32Array[] = [];
    for (const [word] of text.matchAll(this.pattern)) {
      let tokens = this.words.get(word);
      if (tokens === undefined) {
        tokens = this.encodeWord(new TextEncoder().encode(word));
        if (this.words.size < REMEMBERED) this.words.set(word, tokens);
      }
      parts.push(tokens);
    }
    const all = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  /** One word: of all pairs that may merge, always the one whose merge was learned first. */
  private encodeWord(bytes: Uint8Array): Int32Array {
    const tokens = Array.from(bytes, (byte) => BYTE_TOKENS[byte]!);
    for (;;) {
      let [best, at] = [Infinity, -1];
      for (let i = 0; i + 1 < tokens.length; i++) {
        const made = this.merged.get(pairOf(tokens[i]!, tokens[i + 1]!)) ?? Infinity;
        if (made < best) [best, at] = [made, i];
      }
      if (at < 0) return Int32Array.from(tokens);
      tokens.splice(at, 2, best);
    }
  }

  /** Tokens as text; bytes that are no UTF-8 become �. @throws RangeError for a number that is no token's */
  decode(tokens: ArrayLike<number>): string {
    const bytes = Array.from(tokens, (token) => {
      const found = this.tokens[token];
      if (found === undefined) {
        throw new RangeError(`BytePairEncoding.decode: ${token} is no token: there are 0 to ${this.size - 1}`);
      }
      return found;
    });
    const all = new Uint8Array(bytes.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const each of bytes) {
      all.set(each, at);
      at += each.length;
    }
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(all);
  }

  /** The same with only the first merges, and without signs: a smaller vocabulary of the same training. */
  first(merges: number): BytePairEncoding {
    return new BytePairEncoding(this.merges.slice(0, merges), this.pattern);
  }
}

/** A token must fit into 16 bits of a pair's key. */
const MOST = 65_536;
/** Words whose tokens are kept: most words of a text occur again. */
const REMEMBERED = 100_000;

function pairOf(left: number, right: number): number {
  return left * MOST + right;
}

/** UTF-8 has no bytes for half of a pair of 16-bit units: TextEncoder would silently write �. */
function expectWholeCharacters(who: string, text: string): void {
  const at = text.search(/[\uD800-\uDFFF]/u); // with u a whole pair is one character beyond these
  if (at < 0) return;
  const code = text.charCodeAt(at).toString(16).toUpperCase();
  throw new RangeError(`${who}: place ${at} holds half a character (U+${code}): cut texts between characters`);
}

/** A word of the training text: how often it occurs, and its tokens as merged so far. */
interface Word {
  count: number;
  tokens: number[];
}

/**
 * Learns merges from a text. Of equally frequent pairs the one with the smaller left token is taken, then with the smaller right
 * one, as Hugging Face's tokenizers does. Ends early when no pair occurs twice.
 *
 * Counting all pairs anew for every merge would be the obvious way; here only words that contain the merged pair are looked
 * at again.
 * @param merges how many
 * @throws Error for an empty text, RangeError for half a character in it, and for a number of merges that is no whole number
 */
export function trainBpe(text: string, merges: number, pattern: RegExp = GPT2_PATTERN): BytePairEncoding {
  if (text === "") throw new Error("trainBpe: the text is empty: give one to learn from");
  expectWholeCharacters("trainBpe", text);
  if (!Number.isInteger(merges) || merges < 0 || merges > MOST - 256) {
    throw new RangeError(`trainBpe: wanted merges, a whole number from 0 to ${MOST - 256}, got ${merges}`);
  }
  const pairs = new PairCounts(wordsOf(text, pattern));
  const learned: Merge[] = [];
  while (learned.length < merges) {
    const best = pairs.mostFrequent();
    if (best === undefined) break;
    pairs.merge(best, 256 + learned.length);
    learned.push(best);
  }
  return new BytePairEncoding(learned, pattern);
}

function wordsOf(text: string, pattern: RegExp): Word[] {
  const counts = new Map<string, number>();
  for (const [word] of text.matchAll(pattern)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const encoder = new TextEncoder();
  return [...counts].map(([word, count]) => ({
    count,
    tokens: Array.from(encoder.encode(word), (b) => BYTE_TOKENS[b]!),
  }));
}

/** How often each pair of neighbours occurs, and in which words. */
class PairCounts {
  private readonly counts = new Map<number, number>();
  private readonly places = new Map<number, Set<Word>>();

  constructor(words: readonly Word[]) {
    for (const word of words) this.add(word);
  }

  /** undefined when no pair occurs at least twice */
  mostFrequent(): Merge | undefined {
    let [best, most] = [-1, 1];
    for (const [pair, count] of this.counts)
      if (count > most || (count === most && pair < best)) [best, most] = [pair, count];
    return best < 0 ? undefined : [Math.floor(best / MOST), best % MOST];
  }

  merge([left, right]: Merge, made: number): void {
    for (const word of this.places.get(pairOf(left, right)) ?? []) {
      this.remove(word);
      const tokens: number[] = [];
      for (let i = 0; i < word.tokens.length; i++) {
        const both = word.tokens[i] === left && word.tokens[i + 1] === right;
        tokens.push(both ? made : word.tokens[i]!);
        if (both) i++;
      }
      word.tokens = tokens;
      this.add(word);
    }
  }

  private add(word: Word): void {
    this.forPairs(word, (pair) => {
      this.counts.set(pair, (this.counts.get(pair) ?? 0) + word.count);
      const places = this.places.get(pair) ?? new Set();
      this.places.set(pair, places.add(word));
    });
  }

  private remove(word: Word): void {
    this.forPairs(word, (pair) => {
      const left = this.counts.get(pair)! - word.count;
      if (left > 0) this.counts.set(pair, left);
      else this.counts.delete(pair);
    });
  }

  private forPairs({ tokens }: Word, visit: (pair: number) => void): void {
    for (let i = 0; i + 1 < tokens.length; i++) visit(pairOf(tokens[i]!, tokens[i + 1]!));
  }
}
