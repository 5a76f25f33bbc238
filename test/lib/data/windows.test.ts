import { describe, expect, it } from "vitest";
import { windows, windowsAt } from "../../../lib/data/windows";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";

const tokens = Int32Array.from({ length: 20 }, (_, i) => i);
const rows = (t: tf.Tensor2D): number[][] => {
  const values = t.arraySync();
  t.dispose();
  return values;
};

describe("windows", () => {
  it("gives passages and what follows each token; every place comes up", () => {
    const data = windows(tokens, { batch: 50, length: 4, stream: randomStream(1) });
    const starts = new Set<number>();
    for (let i = 0; i < 20; i++) {
      const batch = data.next();
      expect([batch.tokens.dtype, batch.tokens.shape]).toEqual(["int32", [50, 4]]);
      const [x, y] = [rows(batch.tokens), rows(batch.targets)];
      x.forEach((row, b) => {
        starts.add(row[0]!);
        row.forEach((token, t) => expect([token, y[b]![t]]).toEqual([row[0]! + t, row[0]! + t + 1]));
      });
    }
    expect([...starts].sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, i) => i));
  });

  it("goes on exactly from a saved state, and refuses another text's", () => {
    const options = () => ({ batch: 2, length: 4, stream: randomStream(3) });
    const data = windows(tokens, options());
    for (let i = 0; i < 3; i++) tf.dispose({ ...data.next() });
    const saved = JSON.parse(JSON.stringify(data.save())) as ReturnType<typeof data.save>;
    const wanted = rows(data.next().tokens);
    const other = windows(tokens, options());
    other.restore(saved);
    expect(rows(other.next().tokens)).toEqual(wanted);
    const longer = windows(tokens, { ...options(), length: 5 });
    expect(() => longer.restore(saved)).toThrow("Windows.restore: saved with length 4, now it is 5: start again");
  });

  it("takes the shortest text that has a passage, and no shorter one", () => {
    const stream = randomStream(1);
    const { tokens: x, targets: y } = windows(tokens.subarray(0, 5), { batch: 1, length: 4, stream }).next();
    expect([rows(x), rows(y)]).toEqual([[[0, 1, 2, 3]], [[1, 2, 3, 4]]]);
    expect(() => windows(tokens.subarray(0, 4), { batch: 1, length: 4, stream })).toThrow(
      "the text has 4 tokens, a passage of 4 and the token after it need 5: lower length",
    );
    expect(() => windows(tokens, { batch: 0, length: 4, stream })).toThrow("wanted batch, a whole number of 1 or more");
    expect(() => windowsAt(tokens, [16], 4)).toThrow("a passage of 4 at 16 does not fit into 20 tokens");
    expect(() => windowsAt(tokens, [-1], 4)).toThrow("does not fit");
  });
});
