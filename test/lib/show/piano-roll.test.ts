import { describe, expect, it } from "vitest";
import { noteName, pianoRoll } from "../../../lib/show/piano-roll";

const notes = [
  { start: 0, length: 2, midi: 60 },
  { start: 2, length: 1, midi: 60 },
  { start: 3, length: 5, midi: 67 },
];

describe("piano roll", () => {
  it("draws each note by itself, as long as it sounds", () => {
    const { data, layout } = pianoRoll([{ name: "tune", notes }], { title: "A tune", metre: 4 });
    const trace = data[0]! as unknown as { x: number[]; y: (number | null)[] };
    expect(trace.y.filter((y) => y === null)).toHaveLength(3);
    expect(trace.y.filter((y) => y !== null)).toEqual([60, 60, 60, 60, 67, 67]);
    expect(trace.x[0]).toBeGreaterThan(0);
    expect(trace.x[4]).toBeLessThan(3);
    expect(JSON.stringify(layout)).toContain("C4");
  });

  it("names every height that sounds, black keys too, and gives their names room", () => {
    const tune = [61, 63, 74].map((midi, start) => ({ start, length: 1, midi }));
    const { layout } = pianoRoll([{ name: "tune", notes: tune }], { metre: 4 });
    const { yaxis, height } = layout as { yaxis: { tickvals: number[]; ticktext: string[] }; height: number };
    expect(yaxis.tickvals).toEqual([61, 63, 74]);
    expect(yaxis.ticktext).toEqual(["C♯4", "D♯4", "D5"]);
    expect(height).toBeGreaterThan(260);
  });

  it("names notes", () => {
    expect([60, 61, 69, 50].map((midi) => noteName(midi))).toEqual(["C4", "C♯4", "A4", "D3"]);
    expect([61, 70].map((midi) => noteName(midi, "♭"))).toEqual(["D♭4", "B♭4"]);
  });

  it("spells black keys by the scale: flats beside an F, sharps without one", () => {
    const names = (midis: number[]): unknown => {
      const tune = midis.map((midi, start) => ({ start, length: 1, midi }));
      return (pianoRoll([{ name: "tune", notes: tune }], { metre: 4 }).layout as { yaxis: object }).yaxis;
    };
    expect(names([65, 70])).toMatchObject({ ticktext: ["F4", "B♭4"] }); // F major
    expect(names([64, 66])).toMatchObject({ ticktext: ["E4", "F♯4"] }); // D major
  });

  it("refuses an empty tune", () => {
    expect(() => pianoRoll([{ name: "x", notes: [] }], { metre: 8 })).toThrow("no notes");
  });
});
