import type { ProgramBase } from "../tensor/compile";
import type { RecordedOp } from "../tensor/engine";
import { bytesOf, flopsOf, peakBytes } from "../tensor/op-cost";
import { barFigure } from "./bar-figure";
import type { Figure } from "./figure";
import { DISPLAY } from "./mime";
import type { MimeBundle } from "./mime";
import { table } from "./table";
import type { Table } from "./table";

/** Ops of one kind in one phase. */
export interface ExplainedRow {
  op: string;
  phase: RecordedOp["phase"];
  /** How often it runs in one call. */
  times: number;
  /** Floating-point operations, in millions. */
  mflop: number;
  /** Bytes read and written, in MB (10⁶). */
  megabytes: number;
}

/** A recorded function taken apart; shows itself as a table, its `figure()` as bars. */
export interface Explanation {
  readonly rows: readonly ExplainedRow[];
  readonly totals: {
    ops: number;
    /** Floating-point operations of one call. */
    flops: number;
    /** Bytes that its ops read and write. */
    bytes: number;
    /** Most bytes of intermediate results at once. */
    peakBytes: number;
    /** Numbers in the program's state. */
    parameters: number;
    /** Bytes of its optimizers' running averages. */
    optimizerBytes: number;
  };
  readonly table: Table;
  /** The `top` most expensive kinds of op: share of arithmetic beside share of memory traffic. */
  figure(top?: number): Figure;
  toString(): string;
}

/**
 * What one call of a program's function is made of: which ops, how much arithmetic (FLOPs) and memory traffic each.
 * @param program @param name one of its functions, called at least once
 * @throws Error before the first call, and on backends that run op by op, where nothing is recorded
 */
export function explain(program: Pick<ProgramBase<never>, "recorded" | "sizes">, name: string): Explanation {
  const ops = program.recorded(name);
  if (ops === undefined) {
    throw new Error(
      `explain: nothing is recorded of ${name}: call it once first; only TensorFlow's own backend records (useDevice)`,
    );
  }
  const rows = group(ops);
  const sum = (f: (op: RecordedOp) => number): number => ops.reduce((total, op) => total + op.times * f(op), 0);
  const totals = {
    ops: ops.reduce((total, { times }) => total + times, 0),
    flops: flops(program, name),
    bytes: sum(bytesOf),
    peakBytes: peakBytes(ops),
    parameters: add(program.sizes().state),
    optimizerBytes: 4 * add(program.sizes().optimizers),
  };
  const caption = [
    `${name}: ${totals.ops} ops, ${amount(totals.flops)}FLOP, ${amount(totals.bytes)}B moved`,
    `at most ${amount(totals.peakBytes)}B at once`,
    `${totals.parameters.toLocaleString("en")} parameters, ${amount(totals.optimizerBytes)}B of the optimizer`,
  ].join("; ");
  const shown = table(
    rows.map(({ op, phase, times, mflop, megabytes }) => {
      const [work, traffic] = [(1e8 * mflop) / (totals.flops || 1), (1e8 * megabytes) / (totals.bytes || 1)];
      return { op, phase, times, mflop, work, megabytes, traffic };
    }),
    {
      caption,
      units: { mflop: "10⁶", work: "%", megabytes: "MB", traffic: "%" },
      digits: { times: 0, mflop: 2, work: 1, megabytes: 2, traffic: 1 },
    },
  );
  return {
    ...{ rows, totals, table: shown },
    figure: (top = 8) => figureOf(name, rows, top),
    toString: () => shown.toString(),
    [DISPLAY]: () => (shown as unknown as { [DISPLAY](): MimeBundle })[DISPLAY](),
  } as Explanation;
}

/**
 * Floating-point operations of one call of a program's function, a multiplication and an addition being two; of a step with
 * gradient and optimizer. `flops(program, "step") / batch` is a model's cost of learning from one picture, and of a
 * `call` its cost of making one. NaN before the first call, and on backends that record nothing.
 */
export function flops(program: Pick<ProgramBase<never>, "recorded">, name: string): number {
  const ops = program.recorded(name);
  return ops === undefined ? NaN : ops.reduce((total, op) => total + op.times * flopsOf(op), 0);
}

const add = (counts: Record<string, number>): number => Object.values(counts).reduce((a, b) => a + b, 0);

const PHASES = ["forward", "backward", "optimizer"];

function group(ops: readonly RecordedOp[]): ExplainedRow[] {
  const rows = new Map<string, ExplainedRow>();
  for (const each of ops) {
    const key = `${each.phase} ${each.op}`;
    const row = rows.get(key) ?? { op: each.op, phase: each.phase, times: 0, mflop: 0, megabytes: 0 };
    row.times += each.times;
    row.mflop += (each.times * flopsOf(each)) / 1e6;
    row.megabytes += (each.times * bytesOf(each)) / 1e6;
    rows.set(key, row);
  }
  const phase = (row: ExplainedRow): number => PHASES.indexOf(row.phase);
  return [...rows.values()].sort((a, b) => phase(a) - phase(b) || b.megabytes - a.megabytes || b.times - a.times);
}

function figureOf(name: string, rows: readonly ExplainedRow[], top: number): Figure {
  const kinds = new Map<string, { flops: number; bytes: number }>();
  for (const { op, mflop, megabytes } of rows) {
    const before = kinds.get(op) ?? { flops: 0, bytes: 0 };
    kinds.set(op, { flops: before.flops + mflop, bytes: before.bytes + megabytes });
  }
  const all = [...kinds.values()];
  const [flops, bytes] = [all.reduce((s, k) => s + k.flops, 0) || 1, all.reduce((s, k) => s + k.bytes, 0) || 1];
  const share = (part: number, whole: number): number => Number(((100 * part) / whole).toPrecision(3));
  const largest = [...kinds].sort(
    ([, a], [, b]) => b.flops / flops + b.bytes / bytes - a.flops / flops - a.bytes / bytes,
  );
  const shown = largest.slice(0, top);
  return barFigure({
    title: `What ${name} is made of`,
    x: "kind of op",
    y: { title: "share of one call (%)" },
    categories: shown.map(([op]) => op),
    bars: [
      { name: "arithmetic", values: shown.map(([, kind]) => share(kind.flops, flops)) },
      { name: "memory traffic", values: shown.map(([, kind]) => share(kind.bytes, bytes)) },
    ],
  });
}

/** 1234567 → "1.23 M" */
function amount(n: number): string {
  const [unit, scale] = n >= 1e9 ? ["G", 1e9] : n >= 1e6 ? ["M", 1e6] : n >= 1e3 ? ["k", 1e3] : ["", 1];
  return `${Number((n / scale).toPrecision(3))} ${unit}`;
}
