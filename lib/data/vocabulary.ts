/**
 * The plainest tokenizer: every character that occurs is a symbol, numbered in the order of its code point. Characters are code
 * points, so 🙂 is one.
 */
export class CharVocabulary {
  private readonly numbers: Map<string, number>;

  /** @param symbols one character each, none twice; a symbol's number is its place */
  constructor(readonly symbols: readonly string[]) {
    this.numbers = new Map(symbols.map((symbol, i) => [symbol, i]));
    const odd = symbols.find((symbol) => [...symbol].length !== 1);
    if (odd !== undefined) throw new Error(`CharVocabulary: symbol ${JSON.stringify(odd)} is not one character`);
    if (this.numbers.size !== symbols.length) throw new Error("CharVocabulary: a symbol stands there twice");
  }

  /**
   * The characters of a text. Take the whole text, not its training part alone: validation may hold a character more.
   * @throws Error for an empty text, and for one of a single character: there would be nothing to predict
   */
  static of(text: string): CharVocabulary {
    const symbols = [...new Set(text)].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
    if (symbols.length === 0)
      throw new Error("CharVocabulary: the text is empty: give one with at least two characters");
    if (symbols.length === 1) {
      const only = JSON.stringify(symbols[0]);
      throw new Error(`CharVocabulary: the text consists of ${only} alone: give one with at least two characters`);
    }
    return new CharVocabulary(symbols);
  }

  /** V, the number of symbols. */
  get size(): number {
    return this.symbols.length;
  }

  /** Whether all of a text's characters are symbols. */
  knows(text: string): boolean {
    for (const char of text) if (!this.numbers.has(char)) return false;
    return true;
  }

  /** A text's characters as numbers. @throws Error naming the first character that is no symbol, and its place */
  encode(text: string): Int32Array {
    const ids = new Int32Array(text.length);
    let count = 0;
    for (const char of text) {
      const id = this.numbers.get(char);
      if (id === undefined) {
        const code = `U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
        const known = this.symbols.map((symbol) => JSON.stringify(symbol).slice(1, -1)).join("");
        throw new Error(
          `CharVocabulary.encode: character ${count}, ${JSON.stringify(char)} (${code}), is not in the vocabulary: ${this.size} symbols are known, ${known.slice(0, 100)}`,
        );
      }
      ids[count++] = id;
    }
    return ids.subarray(0, count);
  }

  /** Numbers as text. @throws RangeError for a number that is no symbol's */
  decode(ids: ArrayLike<number>): string {
    return Array.from(ids, (id) => {
      const symbol = this.symbols[id];
      if (symbol === undefined) {
        throw new RangeError(`CharVocabulary.decode: ${id} is no symbol: there are 0 to ${this.size - 1}`);
      }
      return symbol;
    }).join("");
  }
}
