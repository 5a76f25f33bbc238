import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, expect } from "vitest";
import { Interrupted } from "../../../lib/train/interrupted";
import { train } from "../../../lib/train/train";
import type { TrainOptions } from "../../../lib/train/train";

/** A training as a notebook has it. */
export interface Run {
  /** What a checkpoint keeps. */
  state: NonNullable<TrainOptions["checkpoint"]>["state"];
  /** One step, and its loss. */
  step: (i: number) => number;
  /** Numbers that say which weights there are. */
  look: () => readonly number[];
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "genlab-resume-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** Six steps are three, an interrupt that leaves a usable model, and three more from the checkpoint, bit by bit. */
export async function expectResumesExactly(name: string, start: () => Run): Promise<void> {
  const file = path.join(folder, `${name}.safetensors`);
  const options = { steps: 6, seed: 1, name, live: false, log: () => undefined };
  const whole = start();
  const six = await train(options, (i) => ({ loss: whole.step(i) }));
  const stop = new AbortController();
  const sitting = ({ state, step }: Run, signal?: AbortSignal) =>
    train({ ...options, checkpoint: { file, state }, ...(signal && { signal }) }, (i) => {
      if (i === 2) stop.abort();
      return { loss: step(i) };
    });
  const first = start();
  await expect(sitting(first, stop.signal)).rejects.toThrow(Interrupted);
  expect(first.look().every(Number.isFinite)).toBe(true); // usable as it is
  const second = start();
  const { column, resumedAt } = await sitting(second);
  expect(resumedAt).toBe(3);
  expect(column("loss")).toEqual(six.column("loss"));
  expect(second.look()).toEqual(whole.look());
}
