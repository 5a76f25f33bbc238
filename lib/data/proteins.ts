/**
 * Proteins of three made-up families, of which every chance is known. A family has a profile: how often each of the 20 amino acids
 * stands at each site. And some pairs of sites depend on each other, as in real proteins where two sites touch: opposite charges, two
 * cysteines that bind, a large residue beside a small one. A profile cannot say that. The families are drawn after real ones (the C2H2
 * zinc finger, PROSITE PS00028; the leucine zipper's heptads; a β-hairpin), but all numbers are chosen here.
 */
import type { RandomStream } from "../tensor/random";

/** One letter for each amino acid; its symbol is its place here, plus 1. */
export const AMINO_ACIDS = "ACDEFGHIKLMNPQRSTVWY";
/** The symbol before and after a protein. */
export const PROTEIN_EDGE = 0;
/** How many symbols there are. */
export const PROTEIN_SYMBOLS = 1 + AMINO_ACIDS.length;

/** How often each occurs in Swiss-Prot, in percent, in the order of AMINO_ACIDS. */
const EVERYWHERE = [
  8.25, 1.38, 5.46, 6.72, 3.86, 7.07, 2.27, 5.91, 5.8, 9.65, 2.41, 4.06, 4.74, 3.93, 5.53, 6.63, 5.35, 6.86, 1.1, 2.92,
];

/** Two sites that depend on each other. */
export interface SitePair {
  /** first < second, counted from 0 */
  first: number;
  second: number;
  /** [20][20]: chance of each pair of amino acids */
  joint: Float64Array[];
}

/** A family. */
export interface ProteinFamily {
  name: string;
  /** [length][20]: how often each amino acid stands at each site, pairs included. */
  sites: Float64Array[];
  pairs: SitePair[];
}

/** Groups by which patterns are written; a capital is that very residue. */
const GROUPS: Record<string, string> = {
  x: AMINO_ACIDS,
  h: "AFILMVWY",
  p: "DEHKNQRST",
  s: "AGST",
  "+": "KR",
  "-": "DE",
};
/** What part of a site belongs to its group; the rest may be anything. */
const LOYAL = 0.9;

/** Pairs are mixtures: with each chance the two sites come from these two groups. */
const TOUCHES: Record<string, readonly (readonly [chance: number, first: string, second: string])[]> = {
  charges: [
    [0.45, "+", "-"],
    [0.45, "-", "+"],
    [0.1, "s", "s"],
  ],
  cysteines: [
    [0.6, "C", "C"],
    [0.4, "s", "p"],
  ],
  sizes: [
    [0.5, "F", "s"],
    [0.5, "s", "F"],
  ],
};

/** The three families. */
export const FAMILIES: readonly ProteinFamily[] = [
  family("finger", "hpCpxCsKxFppxsxLxxHhpxHsxppP", { charges: [[11, 17]], sizes: [[13, 19]] }),
  family("zipper", "phppLppphppLppphppLppphppLppphppLpp", {
    charges: [
      [7, 12],
      [14, 19],
      [21, 26],
    ],
  }),
  family("hairpin", "phphpshpNGphshphphphxs", { cysteines: [[3, 14]], sizes: [[5, 12]] }),
];

function family(
  name: string,
  pattern: string,
  touching: Record<string, readonly (readonly [number, number])[]>,
): ProteinFamily {
  const sites = [...pattern].map(groupChances);
  const pairs = Object.entries(touching).flatMap(([kind, places]) =>
    places.map(([first, second]): SitePair => {
      const joint = Array.from({ length: 20 }, () => new Float64Array(20));
      for (const [chance, a, b] of TOUCHES[kind]!) {
        const [left, right] = [groupChances(a), groupChances(b)];
        left.forEach((p, i) => right.forEach((q, j) => (joint[i]![j]! += chance * p * q)));
      }
      return { first, second, joint };
    }),
  );
  for (const { first, second, joint } of pairs) {
    sites[first] = Float64Array.from(joint, (row) => row.reduce((a, b) => a + b, 0));
    sites[second] = Float64Array.from(EVERYWHERE, (_, j) => joint.reduce((sum, row) => sum + row[j]!, 0));
  }
  return { name, sites, pairs };
}

function groupChances(group: string): Float64Array {
  const members = GROUPS[group] ?? group;
  const all = EVERYWHERE.reduce((a, b) => a + b, 0);
  const inside = [...AMINO_ACIDS].reduce((sum, acid, i) => sum + (members.includes(acid) ? EVERYWHERE[i]! : 0), 0);
  return Float64Array.from(EVERYWHERE, (share, i) => {
    return ((1 - LOYAL) * share) / all + (members.includes(AMINO_ACIDS[i]!) ? (LOYAL * share) / inside : 0);
  });
}

/** Draws a protein of one of the families, all equally likely: its symbols, with the edge at the end. */
export function drawProtein(stream: RandomStream, from = FAMILIES[stream.below(FAMILIES.length)]!): number[] {
  const symbols: number[] = [];
  for (let site = 0; site < from.sites.length; site++) {
    symbols.push(1 + stream.categorical([...siteChances(from, site, symbols, true)], 1)[0]!);
  }
  return [...symbols, PROTEIN_EDGE];
}

/** Chances of the 20 at a site, given those before. @param paired whether pairs count, or the profile alone */
function siteChances(
  { sites, pairs }: ProteinFamily,
  site: number,
  before: ArrayLike<number>,
  paired: boolean,
): Float64Array {
  const pair = paired ? pairs.find(({ second }) => second === site) : undefined;
  if (pair === undefined) return sites[site]!;
  const first = before[pair.first]! - 1;
  return pair.joint[first]!.map((p) => p / sites[pair.first]![first]!);
}

/**
 * What each symbol of a protein truly costs in nats, the edge at the end included: the family is not known beforehand, it is weighed by
 * what was read. They add up to −ln p of the protein; ∞ from the first symbol that no family allows.
 * @param paired false: what the three profiles would pay, which know no pairs
 */
export function proteinNats(symbols: ArrayLike<number>, { paired = true }: { paired?: boolean } = {}): Float64Array {
  expectSymbols("proteinNats", symbols);
  let weights = FAMILIES.map(() => 1 / FAMILIES.length);
  return Float64Array.from(symbols, (symbol, site) => {
    weights = weights.map((weight, f) => {
      const one = FAMILIES[f]!;
      if (weight === 0) return 0;
      if (site >= one.sites.length) return site === one.sites.length && symbol === PROTEIN_EDGE ? weight : 0;
      return symbol === PROTEIN_EDGE ? 0 : weight * siteChances(one, site, symbols, paired)[symbol - 1]!;
    });
    const chance = weights.reduce((a, b) => a + b, 0);
    if (chance > 0) weights = weights.map((weight) => weight / chance);
    return -Math.log(chance);
  });
}

/** Entropy of a family's proteins in nats: of the sites, less what the pairs share. */
export function familyEntropy({ sites, pairs }: ProteinFamily): { sites: number; shared: number; nats: number } {
  const entropy = (p: Float64Array): number => p.reduce((sum, q) => sum - (q > 0 ? q * Math.log(q) : 0), 0);
  const alone = sites.reduce((sum, site) => sum + entropy(site), 0);
  const shared = pairs.reduce(
    (sum, { first, second, joint }) =>
      sum + entropy(sites[first]!) + entropy(sites[second]!) - joint.reduce((all, row) => all + entropy(row), 0),
    0,
  );
  return { sites: alone, shared, nats: alone - shared };
}

/** A protein's letters, up to its end. */
export function proteinText(symbols: ArrayLike<number>): string {
  expectSymbols("proteinText", symbols);
  const end = Array.from(symbols).indexOf(PROTEIN_EDGE);
  return Array.from(symbols)
    .slice(0, end < 0 ? undefined : end)
    .map((symbol) => AMINO_ACIDS[symbol - 1])
    .join("");
}

/**
 * A protein's symbols, the edge at the end included. Small letters count as capitals; spaces and line ends do not count.
 * @throws RangeError without a letter, and naming the first that is no amino acid
 */
export function readProtein(text: string): number[] {
  const letters = [...text.replace(/\s/g, "")];
  if (letters.length === 0) throw new RangeError("readProtein: no amino acids: give at least one letter");
  const symbols = letters.map((letter, i) => {
    // Of the Latin letters alone: ß would be two capitals.
    const place = AMINO_ACIDS.indexOf(/^[a-z]$/.test(letter) ? letter.toUpperCase() : letter);
    if (place >= 0) return place + 1;
    throw new RangeError(`readProtein: letter ${i + 1} is ${JSON.stringify(letter)}, wanted one of ${AMINO_ACIDS}`);
  });
  return [...symbols, PROTEIN_EDGE];
}

function expectSymbols(who: string, symbols: ArrayLike<number>): void {
  if (symbols.length === 0) throw new RangeError(`${who}: an empty protein: give at least one symbol`);
  const wrong = Array.from(symbols).findIndex((s) => !Number.isInteger(s) || s < 0 || s >= PROTEIN_SYMBOLS);
  if (wrong >= 0)
    throw new RangeError(`${who}: symbol ${wrong} is ${symbols[wrong]}, wanted 0 to ${PROTEIN_SYMBOLS - 1}`);
}
