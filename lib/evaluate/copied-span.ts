/** The longest piece of a text that stands word for word in another. */
export interface CopiedSpan {
  /** The piece. */
  text: string;
  /** Its length in 16-bit characters. */
  length: number;
  /** Where it begins in the sample. */
  at: number;
  /** Where it begins in the source. */
  from: number;
}

/**
 * The memorisation check for text: how long a piece of a sample was copied from the training text? Compare with the same number for
 * human text from the same source (a validation part of the same length): some phrases simply occur twice.
 * @returns an empty piece when not a single character is in common
 */
export function longestCopy(sample: string, source: string): CopiedSpan {
  let best: CopiedSpan = { text: "", length: 0, at: 0, from: 0 };
  for (let at = 0; at + best.length < sample.length; at++) {
    // Only a longer one counts, so the length never shrinks: as many searches as the sample has characters, and as the copy is long.
    for (;;) {
      const text = sample.slice(at, at + best.length + 1);
      const from = text.length > best.length ? source.indexOf(text) : -1;
      if (from < 0) break;
      best = { text, length: text.length, at, from };
    }
  }
  return best;
}
