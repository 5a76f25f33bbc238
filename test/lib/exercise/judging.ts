import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { check } from "../../../lib/exercise/check";
import { ExerciseError } from "../../../lib/exercise/exercise-error";
import { tf } from "../../../lib/tensor/tf";

/** What a checker has to say of one right answer and of typical wrong ones. */
export interface Case {
  right: unknown;
  /** A wrong answer and words of its diagnosis. */
  wrong: readonly (readonly [unknown, RegExp])[];
}

/**
 * Declares the tests that every notebook's checkers pass: right, wrong and foreign answers, none forgotten.
 * @returns what the checkers printed in the running test
 */
export function judgeCheckers<Name extends keyof typeof check>(
  cases: Record<Name, Case>,
  checkers: Record<Name, unknown>,
): () => string[] {
  let printed: string[];
  beforeEach(() => {
    printed = [];
    vi.spyOn(console, "log").mockImplementation((line: string) => void printed.push(line));
  });
  afterEach(() => void vi.restoreAllMocks());

  describe.each(Object.entries(cases) as [Name, Case][])("check.%s", (name, { right, wrong }) => {
    it("accepts the right answer and says so", () => {
      check[name](right);
      expect(printed).toHaveLength(1);
      expect(printed[0]).toMatch(new RegExp(`^✓ ${name}: `));
    });

    it.each(wrong.map(([answer, words], i) => ({ i, answer, words })))(
      "wrong answer $i: $words",
      ({ answer, words }) => {
        const message = diagnosis(name, answer);
        expect(message).toMatch(words);
        expect(message).toMatch(new RegExp(`^${name}: `));
        expect(message).not.toContain("\n");
        expect(printed).toEqual([]);
      },
    );

    it.each([
      ["undefined", undefined],
      ["null", null],
      ["NaN", NaN],
      ["a string", "3"],
      ["a tensor of a wrong shape", tf.zeros([2, 5])],
      ["a promise", Promise.resolve(1)],
    ])("explains the answer %s", (_, answer) => {
      expect(diagnosis(name, answer)).toMatch(/undefined|null|NaN|string|wanted an object|promise|shape \[2, 5\]/);
    });
  });

  it("covers every checker of the notebook", () => {
    expect(Object.keys(cases).sort()).toEqual(Object.keys(checkers).sort());
    for (const { wrong } of Object.values<Case>(cases)) expect(wrong.length).toBeGreaterThanOrEqual(3);
  });
  return () => printed;
}

function diagnosis(name: keyof typeof check, answer: unknown): string {
  try {
    check[name](answer);
  } catch (error) {
    expect(error).toBeInstanceOf(ExerciseError);
    return (error as ExerciseError).message;
  }
  throw new Error(`check.${name} accepted a wrong answer`);
}
