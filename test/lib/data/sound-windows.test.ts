import { describe, expect, it } from "vitest";
import { edged } from "../../../lib/data/edged";
import { makeSound, SOUND_CONDITION, soundCondition } from "../../../lib/data/sounds";
import { soundPieces, SoundWindows } from "../../../lib/data/sound-windows";
import { randomStream } from "../../../lib/tensor/random";
import { tf } from "../../../lib/tensor/tf";

const sounds = (["a", "string"] as const).map((voice, i) =>
  makeSound({ voice, pitch: 120, length: 300 }, randomStream(i)),
);

describe("pieces of sounds", () => {
  it("have silence before a sound's beginning, and its own samples before any other place", () => {
    const [a, string] = sounds as [(typeof sounds)[0], (typeof sounds)[0]];
    const { tokens, condition } = soundPieces(
      [
        { sound: a, at: 0 },
        { sound: string, at: 100 },
        { sound: a, at: 5 },
      ],
      { before: 20, length: 30 },
    );
    const [first, second, third] = tokens.arraySync() as [number[], number[], number[]];
    expect(first).toEqual([...new Array<number>(20).fill(128), ...a.codes.subarray(0, 30)]);
    expect(second).toEqual([...string.codes.subarray(80, 130)]);
    expect(third).toEqual([...new Array<number>(15).fill(128), ...a.codes.subarray(0, 35)]);
    expect(condition.shape).toEqual([3, SOUND_CONDITION]);
    expect(condition.arraySync()[1]).toEqual([...soundCondition("string", string.pitch)]);
  });

  it("are drawn: all of a sound comes, beginnings most often, and the same after a restore", () => {
    const windows = new SoundWindows(sounds, { before: 10, length: 100 }, randomStream(1));
    let beginnings = 0;
    for (let i = 0; i < 50; i++) {
      const { tokens } = windows.next(8);
      beginnings += tokens.arraySync().filter((row) => row.slice(0, 10).every((code) => code === 128)).length;
      tokens.dispose();
    }
    expect(beginnings / 400).toBeGreaterThan(0.06);
    expect(beginnings / 400).toBeLessThan(0.25);
    const state = windows.save();
    const next = windows.next(4).tokens.arraySync();
    windows.next(4);
    windows.restore(state);
    expect(windows.next(4).tokens.arraySync()).toEqual(next);
  });

  it("go on only with the sounds and sizes that they were saved with", () => {
    const state = new SoundWindows(sounds, { before: 10, length: 100 }, randomStream(1)).save();
    const other = (list: typeof sounds, before: number, length: number) => () =>
      new SoundWindows(list, { before, length }, randomStream(1)).restore(JSON.parse(JSON.stringify(state)) as never);
    expect(other(sounds.slice(1), 10, 100)).toThrow(
      "SoundWindows.restore: saved with sounds 2, now it is 1: start again",
    );
    const longer = [sounds[0]!, makeSound({ voice: "string", pitch: 120, length: 301 }, randomStream(1))];
    expect(other(longer, 10, 100)).toThrow("saved with samples 600, now it is 601");
    expect(other(sounds, 10, 99)).toThrow("saved with length 100, now it is 99");
    expect(other(sounds, 9, 100)).toThrow("saved with before 10, now it is 9");
    expect(other(sounds, 10, 100)).not.toThrow();
  });

  it("refuse sounds that are missing or too short", () => {
    const make = (list: typeof sounds, length: number) => () =>
      new SoundWindows(list, { before: 1, length }, randomStream(1));
    expect(make([], 10)).toThrow("no sounds");
    expect(make(sounds, 301)).toThrow("a sound has 300 samples, wanted 301");
  });

  it("refuse sizes and places that are none", () => {
    for (const length of [0, -1, 1.5, NaN]) {
      const make = () => new SoundWindows(sounds, { before: 1, length }, randomStream(1));
      expect(make).toThrow(`SoundWindows: wanted length, a whole number of 1 or more, got ${length}`);
    }
    for (const before of [-1, 0.5, NaN]) {
      const make = () => new SoundWindows(sounds, { before, length: 10 }, randomStream(1));
      expect(make).toThrow(`SoundWindows: wanted before, a whole number of 0 or more, got ${before}`);
      const pieces = () => soundPieces([{ sound: sounds[0]!, at: 0 }], { before, length: 10 });
      expect(pieces).toThrow(`soundPieces: wanted before, a whole number of 0 or more, got ${before}`);
    }
    const windows = new SoundWindows(sounds, { before: 1, length: 10 }, randomStream(1));
    for (const size of [0, -1, 1.5, NaN]) {
      expect(() => windows.next(size)).toThrow(`SoundWindows.next: ${size} pieces, wanted a whole number of 1 or more`);
    }
    for (const at of [-1, 291, NaN, 0.5]) {
      const pieces = () => soundPieces([{ sound: sounds[0]!, at }], { before: 1, length: 10 });
      expect(pieces).toThrow(`soundPieces: 10 samples at ${at} do not fit into a sound of 300`);
    }
    soundPieces([{ sound: sounds[0]!, at: 290 }], { before: 1, length: 10 });
  });
});

describe("edged sequences", () => {
  it("begin with the edge and are filled up with it", () => {
    const rows = edged(
      [
        [3, 1, 0],
        [2, 0],
      ],
      4,
      5,
    );
    expect(rows.dtype).toBe("int32");
    expect(rows.arraySync()).toEqual([
      [0, 3, 1, 0, 0],
      [0, 2, 0, 0, 0],
    ]);
  });

  it("name what is no sequence of symbols, and leave no tensor behind", () => {
    const before = tf.memory().numTensors;
    expect(() => edged([], 4, 5)).toThrow("no sequences");
    expect(() => edged([[1], []], 4, 5)).toThrow("sequence 1 is empty");
    expect(() => edged([[1, 2, 3]], 2, 5)).toThrow("sequence 0 has 3 symbols, at most 2 fit");
    for (const wrong of [5, -1, NaN, 0.5]) {
      expect(() => edged([[1, wrong]], 4, 5)).toThrow(`symbol 1 of sequence 0 is ${wrong}, wanted 0 to 4`);
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});
