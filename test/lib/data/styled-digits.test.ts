import { expect, it } from "vitest";
import { loadMnist } from "../../../lib/data/mnist";
import { ALL_STYLES, HELD_OUT_STYLES, sameStyle, StyledDigits } from "../../../lib/data/styled-digits";
import { strokeStyles, styleNames } from "../../../lib/evaluate/stroke-style";
import { randomStream } from "../../../lib/tensor/random";

const digits = loadMnist().train.take(3000);

it("there are 90 combinations; of the 18 held out each style has two and no digit more than two", () => {
  expect(ALL_STYLES).toHaveLength(90);
  expect(HELD_OUT_STYLES).toHaveLength(18);
  const count = (same: (a: (typeof ALL_STYLES)[number], b: (typeof ALL_STYLES)[number]) => boolean) =>
    HELD_OUT_STYLES.map((a) => HELD_OUT_STYLES.filter((b) => same(a, b)).length);
  expect(count(sameStyle)).toEqual(new Array(18).fill(1));
  expect(count((a, b) => a.weight === b.weight && a.lean === b.lean)).toEqual(new Array(18).fill(2));
  expect(Math.max(...count((a, b) => a.digit === b.digit))).toBe(2);
});

it("pictures have the style that is said, by measurement; held-out ones never occur", () => {
  const data = new StyledDigits(digits, { stream: randomStream(1), heldOut: HELD_OUT_STYLES });
  const { images, styles } = data.next(600);
  expect(images.shape).toEqual([600, 784]);
  expect(styles.some((style) => HELD_OUT_STYLES.some((held) => sameStyle(style, held)))).toBe(false);
  const measured = strokeStyles(images).map(styleNames);
  const share = (of: "weight" | "lean") => measured.filter((names, i) => names[of] === styles[i]![of]).length / 600;
  expect(share("lean")).toBeGreaterThan(0.98);
  expect(share("weight")).toBeGreaterThan(0.99);
  expect(data.ofStyles(HELD_OUT_STYLES).images.shape).toEqual([18, 784]); // for those who ask
});

it("goes on exactly where it was saved", () => {
  const data = new StyledDigits(digits, { stream: randomStream(2) });
  data.next(5);
  const saved = data.save();
  const first = data.next(7);
  data.restore(saved);
  const again = data.next(7);
  expect(again.styles).toEqual(first.styles);
  expect(again.images.dataSync()).toEqual(first.images.dataSync());
});

it("says when the set is too small", () => {
  expect(() => new StyledDigits(digits.take(20), { stream: randomStream(3) })).toThrow(/no \w+ \d among 20 digits/);
});
