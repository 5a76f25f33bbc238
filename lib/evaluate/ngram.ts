/**
 * n-grams with interpolated modified Kneser–Ney smoothing [Chen & Goodman 1999]: the strongest model of text that only counts.
 *
 * The chance of a symbol w after a context c of k − 1 symbols takes a discount D off every count and gives what is saved to
 * the context without its first symbol:
 *
 *   pₖ(w | c) = (a(c w) − D(a)) / a(c ·) + λ(c)·pₖ₋₁(w | c′),   λ(c) = Σ of the discounts / a(c ·),   p₀ = 1/V
 *
 * a is the count for the longest n-grams; for shorter ones it is in how many contexts the n-gram occurs: "Francisco" is
 * frequent, but nearly always after "San ". D has three values, for a = 1, 2, and 3 or more, from the counts of counts.
 */

/** An n-gram's row: trie nodes are numbered in the order in which the n-grams of one length first occur. */
class Level {
  /** Open addressing: slot → node + 1. */
  private slots: Int32Array = new Int32Array(1 << 12);
  private parents: Int32Array = new Int32Array(1 << 11);
  private symbols: Int32Array = new Int32Array(1 << 11);
  size = 0;

  /** The node of a parent's child; made where it is missing and `make` says so, else −1. */
  find(parent: number, symbol: number, make: boolean): number {
    let mask = this.slots.length - 1;
    let at = hash(parent, symbol) & mask;
    for (;;) {
      const node = this.slots[at]! - 1;
      if (node < 0) break;
      if (this.parents[node] === parent && this.symbols[node] === symbol) return node;
      at = (at + 1) & mask;
    }
    if (!make) return -1;
    if (this.size === this.parents.length) {
      this.grow();
      mask = this.slots.length - 1;
      at = hash(parent, symbol) & mask;
      while (this.slots[at]! > 0) at = (at + 1) & mask;
    }
    this.parents[this.size] = parent;
    this.symbols[this.size] = symbol;
    this.slots[at] = ++this.size;
    return this.size - 1;
  }

  symbolOf(node: number): number {
    return this.symbols[node]!;
  }

  parentOf(node: number): number {
    return this.parents[node]!;
  }

  /** Gives back what was kept free for more nodes. */
  trim(): void {
    this.parents = this.parents.slice(0, this.size);
    this.symbols = this.symbols.slice(0, this.size);
  }

  private grow(): void {
    this.parents = longer(this.parents);
    this.symbols = longer(this.symbols);
    this.slots = new Int32Array(this.slots.length * 2);
    const mask = this.slots.length - 1;
    for (let node = 0; node < this.size; node++) {
      let at = hash(this.parents[node]!, this.symbols[node]!) & mask;
      while (this.slots[at]! > 0) at = (at + 1) & mask;
      this.slots[at] = node + 1;
    }
  }
}

function hash(parent: number, symbol: number): number {
  let h = Math.imul(parent, 0x9e3779b1) ^ Math.imul(symbol + 1, 0x85ebca77);
  h ^= h >>> 15;
  h = Math.imul(h, 0xc2b2ae3d);
  return h ^ (h >>> 13);
}

function longer(array: Int32Array): Int32Array {
  const next = new Int32Array(array.length * 2);
  next.set(array);
  return next;
}

/** What is known of the n-grams of one length: a(c w) by node, and of each context c its sum and its share to give away. */
interface Counted {
  level: Level;
  a: Int32Array;
  /** By the context's node, which is one of the level below. */
  sums: Int32Array;
  saved: Float64Array;
  discounts: readonly [number, number, number];
  /** Made when all symbols' chances are first asked for: the price of a text needs no lists. */
  following?: Following;
}

/** Which nodes follow a context: children[firsts[context]] up to, not with, children[firsts[context + 1]]. */
interface Following {
  firsts: Int32Array;
  children: Int32Array;
}

/** A fitted n-gram model; see fitNgram. */
export class NgramModel {
  constructor(
    /** n: it sees n − 1 symbols. */
    readonly order: number,
    /** V */
    readonly vocab: number,
    private readonly counted: readonly Counted[],
  ) {}

  /** p(w | context) for every symbol w: [V]. Only the last n − 1 symbols of the context count; it may be shorter. */
  probabilities(context: ArrayLike<number>): Float64Array {
    const p = new Float64Array(this.vocab).fill(1 / this.vocab);
    // From the shortest context to the longest that was seen.
    for (let length = 0; length < this.order && length <= context.length; length++) {
      const node = this.nodeOf(context, length);
      if (node < 0) break; // a longer one cannot have been seen either
      mixAll(p, this.counted[length]!, node);
    }
    return p;
  }

  /** The node of the last `length` symbols; −1 where they were never seen. */
  private nodeOf(context: ArrayLike<number>, length: number): number {
    let node = 0;
    for (let i = 0; i < length && node >= 0; i++) {
      node = this.counted[i]!.level.find(node, context[context.length - length + i]!, false);
    }
    return node;
  }

  /** p(w | context) */
  probability(context: ArrayLike<number>, w: number): number {
    expectSymbols("NgramModel", [w], this.vocab);
    return this.probabilities(context)[w]!;
  }

  /**
   * −ln p of every symbol of a text but the first, in nats: entry i belongs to symbol i + 1, as in textNats.
   * @throws RangeError for a text of fewer than two symbols, or a symbol outside 0 … V − 1
   */
  nats(tokens: Int32Array): Float32Array {
    if (tokens.length < 2) throw new RangeError(`NgramModel.nats: ${tokens.length} symbols, wanted at least 2`);
    expectSymbols("NgramModel.nats", tokens, this.vocab);
    const each = new Float32Array(tokens.length - 1);
    // nodes[k]: the node of the last k symbols, −1 where they were never seen; built from those one place before.
    let nodes: Int32Array = new Int32Array(this.order).fill(-1);
    for (let i = 0; i < tokens.length; i++) {
      const w = tokens[i]!;
      nodes[0] = 0;
      if (i > 0) {
        let p = 1 / this.vocab;
        for (let k = 1; k <= this.order && nodes[k - 1]! >= 0; k++)
          p = mixed(this.counted[k - 1]!, nodes[k - 1]!, w, p);
        each[i - 1] = -Math.log(p);
      }
      const next = new Int32Array(this.order).fill(-1);
      for (let k = 1; k < this.order; k++) {
        next[k] = nodes[k - 1]! < 0 ? -1 : this.counted[k - 1]!.level.find(nodes[k - 1]!, w, false);
      }
      nodes = next;
    }
    return each;
  }
}

/** (a − D(a)) / Σ a + λ·p; a context that was only seen at the text's end gives nothing. */
function mixed({ level, a, sums, saved, discounts }: Counted, context: number, w: number, p: number): number {
  const sum = sums[context]!;
  if (sum === 0) return p;
  const node = level.find(context, w, false);
  const count = node < 0 ? 0 : a[node]!;
  const own = count === 0 ? 0 : count - discounts[Math.min(count, 3) - 1]!;
  return (own + saved[context]! * p) / sum;
}

/** The same for all symbols at once: those that followed the context are looked up as one list. */
function mixAll(p: Float64Array, counted: Counted, context: number): void {
  const { level, a, sums, saved, discounts } = counted;
  const sum = sums[context]!;
  if (sum === 0) return;
  const { firsts, children } = (counted.following ??= childrenOf(level, sums.length));
  for (let w = 0; w < p.length; w++) p[w]! *= saved[context]! / sum;
  for (let i = firsts[context]!; i < firsts[context + 1]!; i++) {
    const count = a[children[i]!]!;
    if (count > 0) p[level.symbolOf(children[i]!)]! += (count - discounts[Math.min(count, 3) - 1]!) / sum;
  }
}

/**
 * Counts a text.
 * @param tokens symbols 0 … V − 1
 * @param order n ≥ 1: 1 is single symbols, 5 sees four before
 * @param vocab V
 * @throws RangeError for a text without a symbol, an order below 1, or a symbol outside the vocabulary
 */
export function fitNgram(tokens: Int32Array, order: number, vocab: number): NgramModel {
  if (tokens.length < 1) throw new RangeError("fitNgram: the text is empty: give at least one symbol");
  if (!Number.isInteger(order) || order < 1) throw new RangeError(`fitNgram: wanted order, 1 or more, got ${order}`);
  if (!Number.isInteger(vocab) || vocab < 1) throw new RangeError(`fitNgram: wanted vocab, 1 or more, got ${vocab}`);
  expectSymbols("fitNgram", tokens, vocab);
  const levels: Level[] = [];
  const counts: Int32Array[] = [];
  // nodes[i]: the node of the n-gram that ends at i, one length after the other.
  let nodes: Int32Array = new Int32Array(tokens.length); // of length 0: the root
  for (let k = 1; k <= order; k++) {
    const level = new Level();
    const next = new Int32Array(tokens.length).fill(-1);
    for (let i = k - 1; i < tokens.length; i++) {
      next[i] = level.find(k === 1 ? 0 : nodes[i - 1]!, tokens[i]!, true);
    }
    level.trim();
    const count = new Int32Array(level.size);
    for (let i = k - 1; i < tokens.length; i++) count[next[i]!]!++;
    // In how many contexts do the shorter ones occur? Each distinct n-gram is one of its ending's.
    if (k > 1) counts[k - 2] = continuations(level.size, next, nodes, counts[k - 2]!.length, k);
    levels.push(level);
    counts.push(count);
    nodes = next;
  }
  return new NgramModel(
    order,
    vocab,
    levels.map((level, i) => summed(level, counts[i]!, i === 0 ? 1 : levels[i - 1]!.size)),
  );
}

/** Of each n-gram of length k − 1, how many different n-grams of length k end in it. */
function continuations(
  longerOnes: number,
  longer: Int32Array,
  shorter: Int32Array,
  size: number,
  k: number,
): Int32Array {
  const out = new Int32Array(size);
  const met = new Uint8Array(longerOnes);
  for (let i = k - 1; i < longer.length; i++) {
    const node = longer[i]!;
    if (met[node] === 1) continue;
    met[node] = 1;
    out[shorter[i]!]!++;
  }
  return out;
}

function summed(level: Level, a: Int32Array, contexts: number): Counted {
  const discounts = discountsOf(a);
  const [sums, saved] = [new Int32Array(contexts), new Float64Array(contexts)];
  for (let node = 0; node < level.size; node++) {
    if (a[node] === 0) continue; // only at the text's very beginning: nothing stands before it
    const context = level.parentOf(node);
    sums[context]! += a[node]!;
    saved[context]! += discounts[Math.min(a[node]!, 3) - 1]!;
  }
  return { level, a, sums, saved, discounts };
}

function childrenOf(level: Level, contexts: number): Following {
  const firsts = new Int32Array(contexts + 1);
  for (let node = 0; node < level.size; node++) firsts[level.parentOf(node) + 1]!++;
  for (let context = 0; context < contexts; context++) firsts[context + 1]! += firsts[context]!;
  const next = firsts.slice();
  const children = new Int32Array(level.size);
  for (let node = 0; node < level.size; node++) children[next[level.parentOf(node)]!++] = node;
  return { firsts, children };
}

/** D₁, D₂, D₃₊ [Chen & Goodman 1999, eq. 17]; where a count of counts is missing, a half of 1 and at most that of the next. */
function discountsOf(a: Int32Array): [number, number, number] {
  const n = [0, 0, 0, 0, 0];
  for (const count of a) if (count >= 1 && count <= 4) n[count]!++;
  const [, n1, n2, n3, n4] = n as [number, number, number, number, number];
  const y = n1 > 0 && n2 > 0 ? n1 / (n1 + 2 * n2) : NaN;
  const clipped = (d: number, count: number): number => (Number.isFinite(d) ? Math.min(count, Math.max(0, d)) : 0.5);
  return [
    clipped(1 - (2 * y * n2) / n1, 1),
    clipped(n2 > 0 ? 2 - (3 * y * n3) / n2 : NaN, 2),
    clipped(n3 > 0 ? 3 - (4 * y * n4) / n3 : NaN, 3),
  ];
}

function expectSymbols(who: string, tokens: ArrayLike<number>, vocab: number): void {
  for (let i = 0; i < tokens.length; i++) {
    const w = tokens[i]!;
    if (Number.isInteger(w) && w >= 0 && w < vocab) continue;
    throw new RangeError(`${who}: symbol ${i} is ${w}, wanted 0 to ${vocab - 1}`);
  }
}
