import { describe, expect, it } from "vitest";
import {
  degreeNote,
  DEGREES,
  drawTune,
  HIGHEST_NOTE,
  HOLD,
  LONGEST_TUNE,
  LOWEST_NOTE,
  nextSymbol,
  noteSymbol,
  symbolNote,
  TUNE_EDGE,
  TUNE_KINDS,
  TUNE_SYMBOLS,
} from "../../../lib/data/melodies";
import { TuneListener, tuneNats } from "../../../lib/data/melody-listener";
import { tuneReport } from "../../../lib/data/melody-rules";
import { tuneNotes, tuneSound } from "../../../lib/data/melody-sound";
import { pitchOf } from "../../../lib/evaluate/pitch";
import { randomStream } from "../../../lib/tensor/random";

const tunes = Array.from({ length: 120 }, (_, i) => drawTune(randomStream(5).split(i)));
const sum = (list: ArrayLike<number>): number => Array.from(list).reduce((a, b) => a + b, 0);

describe("tunes", () => {
  it("are of 65 symbols in four quarters and 49 in three, the last one the edge", () => {
    for (const [i, kind] of TUNE_KINDS.entries()) {
      const tune = drawTune(randomStream(i), kind);
      expect(tune).toHaveLength(8 * kind.metre + 1);
      expect(tune.indexOf(TUNE_EDGE)).toBe(8 * kind.metre);
      expect(tune.length).toBeLessThanOrEqual(LONGEST_TUNE);
    }
  });

  it("keep every rule, and repeat three times in four", () => {
    const reports = tunes.map(tuneReport);
    for (const { length, metre, key, closing, cadences, steps } of reports) {
      expect({ length, metre, key, closing, cadences, steps }).toEqual({
        ...{ length: true, metre: true, key: true, closing: true, cadences: true, steps: true },
      });
    }
    for (const habit of ["firstRepeat", "lastRepeat"] as const) {
      const share = sum(reports.map((report) => Number(report[habit]))) / tunes.length;
      expect(share).toBeGreaterThan(0.62);
      expect(share).toBeLessThan(0.88);
    }
  });

  it("what comes next is a distribution, whatever came before", () => {
    for (const [i, kind] of TUNE_KINDS.entries()) {
      const tune = drawTune(randomStream(100 + i), kind);
      for (let t = 0; t < tune.length; t++) {
        const p = nextSymbol(tune.slice(0, t), kind);
        expect(p).toHaveLength(TUNE_SYMBOLS);
        expect(sum(p)).toBeCloseTo(1, 9);
      }
    }
  });

  it("every degree of every key has a symbol", () => {
    for (const { key } of TUNE_KINDS) {
      for (const degree of DEGREES) {
        const note = degreeNote(degree, key);
        expect(note).toBeGreaterThanOrEqual(LOWEST_NOTE);
        expect(note).toBeLessThanOrEqual(HIGHEST_NOTE);
        expect(symbolNote(noteSymbol(note))).toBe(note);
      }
      expect(degreeNote(0, key) % 12).toBe(key);
    }
    expect([symbolNote(TUNE_EDGE), symbolNote(HOLD)]).toEqual([undefined, undefined]);
  });
});

describe("the ideal listener", () => {
  it("its chances are a distribution at every symbol, and hearing costs −ln of them", () => {
    for (const tune of tunes.slice(0, 6)) {
      const listener = new TuneListener();
      for (const symbol of tune) {
        const p = listener.predict();
        expect(sum(p)).toBeCloseTo(1, 9);
        expect(listener.hear(symbol)).toBeCloseTo(-Math.log(p[symbol]!), 9);
      }
    }
  });

  it("equals the sum over all 24 kinds and all ways to repeat, written out", () => {
    for (const tune of tunes.slice(0, 4)) {
      let all = 0;
      for (const kind of TUNE_KINDS) {
        for (const first of [false, true]) {
          for (const last of [false, true]) {
            let p = ((first ? 0.75 : 0.25) * (last ? 0.75 : 0.25)) / TUNE_KINDS.length;
            for (let t = 0; t < tune.length && p > 0; t++) {
              const bar = Math.floor(t / kind.metre);
              const back = first && bar === 2 ? 2 : last && (bar === 6 || bar === 7) ? 4 : 0;
              if (back > 0) p *= Number(tune[t] === tune[t - back * kind.metre]);
              else {
                const before = tune.slice(0, t);
                const possible = before.every((s) => {
                  const note = symbolNote(s);
                  return note === undefined || DEGREES.some((degree) => degreeNote(degree, kind.key) === note);
                });
                p *= possible ? nextSymbol(before, kind)[tune[t]!]! : 0;
              }
            }
            all += p;
          }
        }
      }
      expect(sum(tuneNats(tune))).toBeCloseTo(-Math.log(all), 8);
    }
  });

  it("finds out key and metre", () => {
    let right = 0;
    for (let i = 0; i < 24; i++) {
      const kind = TUNE_KINDS[i]!;
      const listener = new TuneListener();
      drawTune(randomStream(50 + i), kind).forEach((symbol) => listener.hear(symbol));
      const belief = listener.belief();
      right += Number(belief.indexOf(Math.max(...belief)) === i);
    }
    expect(right).toBe(24);
  });

  it("pays infinitely for what is against the rules, and refuses what is no symbol", () => {
    expect(tuneNats([HOLD, HOLD])).toEqual(Float64Array.of(Infinity, Infinity));
    const listener = new TuneListener();
    listener.hear(HOLD);
    expect(sum(listener.predict())).toBe(0);
    expect(() => listener.hear(TUNE_SYMBOLS)).toThrow(`symbol ${TUNE_SYMBOLS}, wanted 0 to ${TUNE_SYMBOLS - 1}`);
    expect(() => listener.hear(NaN)).toThrow("symbol NaN");
  });
});

it("kinds of tunes that there are not are refused", () => {
  for (const kind of [
    { key: 0, metre: 7 },
    { key: 12, metre: 8 },
    { key: -1, metre: 6 },
    { key: 0.5, metre: 6 },
  ]) {
    const wanted = "wanted a key from 0 to 11 and a metre of 6 or 8";
    const found = `key ${kind.key} and metre ${kind.metre}`;
    expect(() => drawTune(randomStream(1), kind as never)).toThrow(`drawTune: ${found}, ${wanted}`);
    expect(() => nextSymbol([], kind as never)).toThrow(`nextSymbol: ${found}, ${wanted}`);
  }
});

describe("broken rules are seen", () => {
  const tune = drawTune(randomStream(1), { key: 0, metre: 8 });
  const changed = (at: number, symbol: number) => tune.map((s, i) => (i === at ? symbol : s));
  const lastNote = tune.findLastIndex((s) => s > HOLD);
  it.each([
    ["length", tune.slice(0, 60)],
    ["length", [...tune.slice(0, 40), TUNE_EDGE]],
    ["metre", changed(8, HOLD)],
    ["key", changed(0, noteSymbol(61))], // C♯ in C
    ["key", changed(lastNote, noteSymbol(62))], // ends on D
    ["closing", changed(13, noteSymbol(60))], // a note where the last one should be held
    ["cadences", changed(12, noteSymbol(60))], // bar 2 ends on the tonic
    ["steps", changed(0, noteSymbol(55)).map((s, i) => (i === 1 ? noteSymbol(72) : s))],
  ] as const)("%s", (rule, broken) => {
    expect(tuneReport(tune)[rule]).toBe(true);
    expect(tuneReport(broken)[rule]).toBe(false);
  });

  it("a tune without a note, or without anything, breaks rules and nothing else", () => {
    for (const nothing of [[], [TUNE_EDGE], new Array<number>(64).fill(HOLD)]) {
      expect(tuneReport(nothing)).toMatchObject({ metre: false, key: false, cadences: false, closing: false });
    }
  });

  it("bars that are missing keep no rule", () => {
    for (const cut of [[noteSymbol(60)], drawTune(randomStream(1), { key: 0, metre: 6 }).slice(0, 12)]) {
      const report = tuneReport(cut);
      expect(report).toEqual({ ...report, length: false, metre: false, closing: false, cadences: false, steps: false });
      expect(report).toMatchObject({ firstRepeat: false, lastRepeat: false });
    }
  });
});

describe("notes and sound", () => {
  it("holds lengthen a note, the edge ends the tune", () => {
    const notes = tuneNotes([noteSymbol(60), HOLD, noteSymbol(64), TUNE_EDGE, noteSymbol(67)]);
    expect(notes).toEqual([
      { start: 0, length: 2, midi: 60 },
      { start: 2, length: 1, midi: 64 },
    ]);
    expect(tuneNotes([])).toEqual([]);
  });

  it("sounds as high as it is written, and stays within −1 and 1", () => {
    const sound = tuneSound([noteSymbol(69), HOLD, HOLD, HOLD, TUNE_EDGE], 8000, 0.2);
    expect(sound.length).toBe(Math.ceil((0.8 + 0.03) * 8000));
    expect(Math.abs(pitchOf(sound.subarray(0, 3000), { rate: 8000, highest: 600 }).pitch - 440)).toBeLessThan(2);
    expect(Math.max(...tuneSound(tunes[0]!, 8000).map(Math.abs))).toBeLessThanOrEqual(1);
  });
});
