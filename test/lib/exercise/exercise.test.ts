import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { functionExercise, valueExercise } from "../../../lib/exercise/exercise";
import { readNumbers, showNumbers } from "../../../lib/exercise/numbers";
import { tf } from "../../../lib/tensor/tf";

let log: ReturnType<typeof vi.spyOn>;
beforeEach(() => {
  log = vi.spyOn(console, "log").mockImplementation(() => undefined);
});
afterEach(() => void vi.restoreAllMocks());

describe("readNumbers", () => {
  it.each([
    [3, [], [3]],
    [[1, 2], [2], [1, 2]],
    [
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      [2, 3],
      [1, 2, 3, 4, 5, 6],
    ],
    [new Float32Array([1, 2]), [2], [1, 2]],
    [{ w: 1, b: 2 }, [2], [1, 2]],
  ])("%j", (answer, shape, values) => {
    expect(readNumbers(answer)).toMatchObject({ shape, values });
  });

  it("reads tensors, and says when one is disposed or of strings", () => {
    const x = tf.tensor2d([[1, 2, 3]]);
    expect(readNumbers(x)).toEqual({ shape: [1, 3], values: [1, 2, 3] });
    x.dispose();
    expect(readNumbers(x)).toMatch(/already disposed/);
    expect(readNumbers(tf.tensor(["a"]))).toMatch(/strings/);
  });

  it.each([
    [undefined, /still undefined/],
    [[1, undefined], /element 1: .*undefined/],
    [[[1], [1, 2]], /rows have different lengths/],
    [{ w: [1, 2] }, /w: wanted one number, got shape \[2\]/],
    ["7", /string \("7"\)/],
    [() => 1, /function, wanted its result/],
  ])("explains %j", (answer, words) => {
    expect(readNumbers(answer)).toMatch(words);
  });

  it("cuts long lists", () => {
    expect(showNumbers({ values: [1, 2, 3, 4, 5, 6, 7, 8], shape: [8] })).toBe("[1, 2, 3, 4, 5, 6, …]");
    expect(showNumbers({ values: [-0.000025], shape: [] })).toBe("−0.000025");
  });

  it.each([
    [124_439_808, "124439808"],
    [-124_439_809, "−124439809"],
    [1234.5678, "1234.6"],
    [100_000.4, "100000"],
    [2 ** 53 - 1, "9007199254740991"],
    [2 ** 60, "1152900000000000000"],
    [1e22, "1e+22"],
    [-0, "0"],
    [2.5e-7, "2.5e-7"],
  ])("cuts %d to five digits only where it is no whole number", (x, shown) => {
    expect(showNumbers({ values: [x], shape: [] })).toBe(shown);
  });
});

describe("valueExercise without named mistakes", () => {
  const one = valueExercise("one", { wanted: 4 });
  const many = valueExercise("many", {
    wanted: tf.tensor2d([
      [1, 2, 3],
      [4, 5, 7],
    ]),
    praise: "Well done.",
  });

  it("accepts numbers, lists and tensors of the right shape", () => {
    one(4.001);
    one(tf.scalar(4));
    many([
      [1, 2, 3],
      [4, 5, 7],
    ]);
    expect(log).toHaveBeenLastCalledWith(expect.stringMatching(/^✓ many: shape \[2, 3\] .*\. Well done\.$/));
  });

  it.each([
    [-4, "one: wanted 4, got −4: right size, but the sign is flipped"],
    [16, "one: wanted 4, got 16: that is the square of it"],
    [2, "one: wanted 4, got 2: that is the square root of it"],
    [12, "one: wanted 4, got 12: everything is 3 times too large: a missing or extra constant"],
    [0.5, "one: wanted 4, got 0.5: everything is 8 times too small: a missing or extra constant"],
    [4.1, "one: wanted 4, got 4.1: not near it; compute it once by hand"],
    [1.7, "one: wanted 4, got 1.7: not near it; compute it once by hand"],
    [4n, 'one: your answer is a bigint ("4"), wanted a number (wanted 4)'],
    [Infinity, "one: wanted 4, got Infinity: your number is infinite: a division by zero, or a step too large"],
    [
      [4],
      "one: wanted 4, got [4]: one number is wanted, yours has shape [1] instead of []; did you forget the mean or the sum?",
    ],
  ])("%s", (answer, message) => {
    expect(() => one(answer)).toThrow(message);
  });

  it("leaves the checker's own frames out of the stack", () => {
    expect.assertions(2);
    try {
      one(5);
    } catch (error) {
      expect((error as Error).stack).toMatch(/^ExerciseError: one: wanted 4, got 5/);
      expect((error as Error).stack).not.toMatch(/lib.exercise.(exercise|diagnosis)\.ts/);
    }
  });

  it("names a transpose, a reshape and the first difference", () => {
    expect(() => many(tf.zeros([3, 2]))).toThrow(/the axes are swapped, transpose it/);
    expect(() => many(tf.zeros([6]))).toThrow(/same count of numbers, reshape/);
    expect(() =>
      many([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ).toThrow(/1 of 6 differ, the first is index 5/);
    expect(() =>
      many([
        [1, 2, NaN],
        [4, 5, 7],
      ]),
    ).toThrow(/element 2 is NaN/);
  });

  it("shows only the first difference of a long list", () => {
    const long = valueExercise("long", { wanted: Array.from({ length: 100 }, (_, i) => i) });
    expect(() => long(Array.from({ length: 100 }, (_, i) => (i === 40 ? 0 : i)))).toThrow(
      "long: wanted 40 at index 40 of 100, got 0 at index 40 of 100: 1 of 100 differ, the first is index 40",
    );
  });

  it("looks for that difference with the exercise's own tolerance", () => {
    const fine = valueExercise("fine", { wanted: [1, 2, 3, 4, 5, 6, 7], rtol: 1e-6 });
    expect(() => fine([1, 2, 3, 4, 5, 6.001, 7])).toThrow("wanted 6 at index 5 of 7, got 6.001 at index 5 of 7");
  });

  it("rtol 1e-3 is the limit", () => {
    one(4.0039);
    expect(() => one(4.005)).toThrow();
  });
});

describe("functionExercise", () => {
  const double = functionExercise<readonly [number]>("double", {
    call: "double(x)",
    given: [[2], [3]],
    wanted: (x) => 2 * x,
    mistakes: [{ gives: (x) => x * x, because: "you squared" }],
  });

  it("tells a mistake that is right on the first input", () => {
    double((x: number) => x + x);
    expect(() => double((x: number) => x * x)).toThrow("double: for (3) wanted 6, got 9: you squared");
  });

  it("does not name a mistake that fits one input only", () => {
    expect(() => double((x: number) => (x === 3 ? 9 : 0))).toThrow(/for \(2\) wanted 4, got 0/);
  });

  it("blames a constant, a sign or a square only where it explains every input", () => {
    expect(() => double((x: number) => 6 * x)).toThrow("for (2) wanted 4, got 12: everything is 3 times too large");
    expect(() => double((x: number) => -2 * x)).toThrow("the sign is flipped");
    expect(() => double((x: number) => (2 * x) ** 2)).toThrow("that is the square of it");
    expect(() => double(() => 8)).toThrow("for (2) wanted 4, got 8: not near it");
    expect(() => double((x: number) => (x === 2 ? -4 : 1))).toThrow("for (2) wanted 4, got −4: not near it");
  });

  it("knows a mistake that ends in NaN, and does not take every NaN for it", () => {
    const logs = functionExercise<readonly [readonly number[]]>("logs", {
      call: "logs(list)",
      given: [[[0, 1, 2]]],
      wanted: (list) => list.map((x) => (x === 0 ? 0 : x * Math.log(x))),
      mistakes: [{ gives: (list) => list.map((x) => x * Math.log(x)), because: "0·log 0 counts as 0" }],
    });
    expect(() => logs((list: number[]) => list.map((x) => x * Math.log(x)))).toThrow(/0·log 0 counts as 0/);
    expect(() => logs(() => [NaN, NaN, NaN])).toThrow(/element 0 is NaN/);
  });

  it("hands every call inputs of its own: an answer that empties its list spoils neither this judgement nor the next", () => {
    const reverse = functionExercise<readonly [readonly number[], { rows: readonly number[][] }]>("reverse", {
      call: "reverse(list, more)",
      given: [[[1, 2, 3], { rows: [[4], [5]] }]],
      wanted: (list, { rows }) => [...list, ...rows.flat()].reverse(),
    });
    const greedy = (list: number[], more: { rows: number[][] }): number[] => {
      const found: number[] = [];
      while (list.length > 0) found.unshift(list.shift()!);
      for (const row of more.rows) found.unshift(row.pop()!);
      return found;
    };
    reverse(greedy);
    reverse(greedy);
    expect(() => reverse(() => [])).toThrow(/for \(\[1, 2, 3\], .*\) wanted \[5, 4, 3, 2, 1\], got \[\]/);
  });

  it("refuses promises and results without numbers", () => {
    expect(() => double(async (x: number) => Promise.resolve(2 * x))).toThrow(/promise/);
    expect(() => double(() => "4")).toThrow(/string/);
  });
});
