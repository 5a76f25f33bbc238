/**
 * Questions about words, with answers that are right or wrong: a dialogue format that a model of stories has never seen, and a skill
 * that can be measured on words that were never asked about in training.
 */
import type { RandomStream } from "../tensor/random";

/** What is asked. */
export type QuestionKind = "first letter" | "last letter" | "twice" | "length";

/** One question and its answer. */
export interface Dialogue {
  kind: QuestionKind;
  word: string;
  /** "Q: What is the first letter of bear?\nA: " */
  question: string;
  /** "b\n" */
  answer: string;
}

const NUMBERS = ["three", "four", "five", "six"];

const KINDS: Record<
  QuestionKind,
  { questions: readonly ((word: string) => string)[]; answer: (word: string) => string }
> = {
  "first letter": {
    questions: [(word) => `How does ${word} begin?`, (word) => `What is the first letter of ${word}?`],
    answer: (word) => word.charAt(0),
  },
  "last letter": {
    questions: [(word) => `How does ${word} end?`, (word) => `What is the last letter of ${word}?`],
    answer: (word) => word.slice(-1),
  },
  twice: {
    questions: [(word) => `Say ${word} twice.`, (word) => `Say it twice: ${word}.`],
    answer: (word) => `${word} ${word}`,
  },
  length: {
    questions: [(word) => `How long is ${word}?`, (word) => `How many letters has ${word}?`],
    answer: (word) => NUMBERS[word.length - 3]!,
  },
};

/** All kinds of questions. */
export const QUESTION_KINDS = Object.keys(KINDS) as QuestionKind[];

/** The words of a text with three to six small letters, the most frequent first; only those that occur at least twice. */
export function frequentWords(text: string): string[] {
  const counts = new Map<string, number>();
  for (const [word] of text.matchAll(/(?<![\w'])[a-z]{3,6}(?![\w'])/g)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count >= 2)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([word]) => word);
}

/**
 * Dialogues about given words, kinds in turn, words and wordings at random.
 * @throws RangeError without words, and for a word that is not three to six small letters
 */
export function dialogues(words: readonly string[], count: number, stream: RandomStream): Dialogue[] {
  if (words.length === 0) throw new RangeError("dialogues: no words: give at least one");
  const odd = words.find((word) => !/^[a-z]{3,6}$/.test(word));
  if (odd !== undefined) throw new RangeError(`dialogues: "${odd}" is not three to six small letters`);
  return Array.from({ length: count }, (_, i): Dialogue => {
    const kind = QUESTION_KINDS[i % QUESTION_KINDS.length]!;
    const word = words[stream.below(words.length)]!;
    const { questions, answer } = KINDS[kind];
    const question = questions[stream.below(questions.length)]!(word);
    return { kind, word, question: `Q: ${question}\nA: `, answer: `${answer(word)}\n` };
  });
}
