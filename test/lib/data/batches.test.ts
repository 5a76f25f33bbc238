import { expect, it } from "vitest";
import { batches } from "../../../lib/data/batches";
import type { Batches, BatchesState } from "../../../lib/data/batches";
import { loadMnist } from "../../../lib/data/mnist";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";
import { onEveryBackend } from "../backends";

onEveryBackend("batches", () => {
  const set = loadMnist().train.take(10);
  const make = (seed = 1, size = 4): Batches => batches(set, { size, stream: randomStream(seed).split("order") });
  const epoch = (b: Batches, n: number) =>
    Array.from({ length: n }, () => {
      const { images, ...rest } = b.next();
      const shape = images.shape;
      images.dispose();
      return { shape, ...rest };
    });

  it("deliver every digit once an epoch, the last partial batch included, in a new order each time", () => {
    const b = make();
    expect(b.batchesPerEpoch).toBe(3);
    const [first, second] = [epoch(b, 3), epoch(b, 3)];
    expect(first.map(({ shape }) => shape)).toEqual([
      [4, 784],
      [4, 784],
      [2, 784],
    ]);
    expect(first.map(({ last }) => last)).toEqual([false, false, true]);
    expect([first, second].map((e) => e.map((batch) => batch.epoch))).toEqual([
      [0, 0, 0],
      [1, 1, 1],
    ]);
    const orders = [first, second].map((e) => e.flatMap(({ indices }) => [...indices]));
    for (const order of orders) expect([...order].sort((x, y) => x - y)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(orders[0]).not.toEqual(orders[1]);
  });

  it("have labels that belong to the pictures", () => {
    const b = make();
    for (let i = 0; i < 3; i++) {
      const { images, labels, indices } = b.next();
      const expected = set.images(indices);
      expect([...images.dataSync()]).toEqual([...expected.dataSync()]);
      expect([...labels]).toEqual([...indices].map((k) => set.labels[k]));
      tf.dispose([images, expected]);
    }
  });

  it("repeat for a seed and differ between seeds", () => {
    expect(epoch(make(1), 7)).toEqual(epoch(make(1), 7));
    expect(epoch(make(1), 3)).not.toEqual(epoch(make(2), 3));
  });

  it.each([0, 1, 3, 5])("go on exactly after %i batches, through JSON", (n) => {
    const whole = make();
    epoch(whole, n);
    const state = JSON.parse(JSON.stringify(whole.save())) as BatchesState;
    const other = make(99);
    epoch(other, 2);
    other.restore(state);
    expect(epoch(other, 8)).toEqual(epoch(whole, 8));
    expect(other.save()).toEqual(whole.save());
  });

  it("may be the whole set, and refuse what makes no sense", () => {
    const all = make(1, 10);
    expect(epoch(all, 2).map(({ shape, last }) => [shape[0], last])).toEqual([
      [10, true],
      [10, true],
    ]);
    expect(() => make(1, 11)).toThrow("wanted at most 10 digits a batch, all of the set, got 11: lower size");
    expect(() => make(1, 0)).toThrow("wanted a size, a whole number of 1 or more, got 0");
    expect(() => make(1, 2.5)).toThrow("wanted a size, a whole number of 1 or more, got 2.5");
    expect(() => batches(set, { size: 2, stream: randomStream(1), range: "[0,255]" as "[0,1]" })).toThrow(
      'batches: wanted range "[-1,1]" or "[0,1]", got "[0,255]"',
    );
    expect(() => batches(set.take(0), { size: 2, stream: randomStream(1) })).toThrow("the set is empty");
    expect(() => make(1, 5).restore(make(1, 4).save())).toThrow(
      "saved with 10 digits in batches of 4, these are 10 in batches of 5",
    );
  });
});
