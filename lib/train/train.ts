/**
 * Around the loop, not instead of it: the notebook writes the loop's body; train adds progress, a live loss figure,
 * interrupt, checkpoint, and notices NaN and leaked tensors.
 */
import { tf } from "../tensor/tf";
import { currentCell } from "./cell";
import { Checkpoint } from "./checkpoint";
import type { CheckpointOptions } from "./checkpoint";
import type { HistoryRow } from "./history";
import { Interrupted } from "./interrupted";
import { LeakWatch } from "./leak-watch";
import { LiveLoss } from "./live-loss";
import { ProgressLine, count, describeMetrics } from "./progress";

export type { HistoryRow } from "./history";

/** What a step reports: numbers, or scalars, which train reads and disposes. */
export type Metrics = { loss: number | tf.Tensor } & Record<string, number | tf.Tensor | undefined>;

export interface TrainOptions {
  /** Number of steps in all, those of a checkpoint included. */
  steps: number;
  /** The seed that the run was made with: only to notice a checkpoint of another run. */
  seed?: number;
  /** Name on the progress line and in the checkpoint; "train" without it. */
  name?: string;
  /** Where to keep the state, so that an interrupted run goes on; the file is removed when the last step is done. */
  checkpoint?: CheckpointOptions;
  /** Whether a notebook shows the loss as a figure while training; yes without it. */
  live?: boolean;
  /** Calls `onShow` after every so many steps and after the last one. */
  every?: number;
  onShow?: (step: number) => void | Promise<void>;
  /** Stops the loop as a notebook's interrupt does. */
  signal?: AbortSignal;
  /** Where plain lines go outside notebooks; console.log without it. */
  log?: (line: string) => void;
}

export interface TrainResult<Name extends string = string> {
  /** One row a step, from step 0 on, also after a resume. */
  history: HistoryRow[];
  /** A metric over all steps; NaN where a step did not report it. */
  column: (name: Name) => number[];
  /** Seconds spent in this call. */
  seconds: number;
  /** Steps made in all. */
  steps: number;
  /** The step at which a checkpoint took up the run; 0 without one. */
  resumedAt: number;
}

/** The event loop gets a turn this often: output leaves, interrupts arrive. */
const YIELD_MS = 50;

/**
 * Runs `body(i)` for i = 0 … steps − 1.
 *
 * @param body one training step in full view; returns its loss and whatever else is to be recorded; may be async
 * @returns the history, column by column too
 * @throws Interrupted when the cell is interrupted; a checkpoint is saved first
 * @throws Error when a metric is NaN or infinite, naming the step
 * @example
 * const { column } = await train({ steps }, () => {
 *   const loss = tf.tidy(() => adamStep(batches.next()));
 *   return { loss };
 * });
 */
export async function train<M extends Metrics>(
  options: TrainOptions,
  body: (i: number) => M | Promise<M>,
): Promise<TrainResult<Extract<keyof M, string>>> {
  const { steps, name = "train", every } = options;
  if (!Number.isInteger(steps) || steps < 0)
    throw new RangeError(`train: wanted steps, a whole number ≥ 0, got ${steps}`);
  if (every !== undefined && !(Number.isInteger(every) && every > 0)) {
    throw new RangeError(`train: wanted every, a whole number > 0, got ${every}`);
  }
  const signals = [options.signal, currentCell()?.signal];
  const checkpoint = options.checkpoint && new Checkpoint(options.checkpoint, { name, seed: options.seed, steps });
  const history: HistoryRow[] = checkpoint?.resume() ?? [];
  const resumedAt = history.length;
  const progress = new ProgressLine({ name, steps, from: resumedAt, log: options.log ?? console.log });
  const live = options.live === false ? undefined : LiveLoss.inCell(name);
  const leaks = new LeakWatch();
  // Out of the cell's synchronous part, where an interrupt would cut a step in two.
  await nextTurn();
  let lastYield = performance.now();

  try {
    for (let i = resumedAt; i < steps; i++) {
      const returned = body(i);
      const metrics = readMetrics(returned instanceof Promise ? await returned : returned, i);
      history.push({ step: i, ...metrics });
      const warning = leaks.afterStep();
      if (warning !== undefined) console.warn(`${name}: ${warning}`);
      progress.update(i + 1, metrics);
      live?.update(history);
      if (options.onShow !== undefined && every !== undefined && ((i + 1) % every === 0 || i + 1 === steps)) {
        await options.onShow(i);
      }
      if (i + 1 < steps) checkpoint?.saveIfDue(history);
      if (performance.now() - lastYield > YIELD_MS) {
        await nextTurn();
        lastYield = performance.now();
      }
      if (i + 1 < steps && signals.some((signal) => signal?.aborted)) {
        checkpoint?.save(history);
        const kept =
          checkpoint === undefined
            ? "the weights stay as they are; give train a checkpoint and it goes on from here next time"
            : `saved to ${checkpoint.file}: run the cell again to go on`;
        progress.finish(i + 1, `interrupted after ${count(i + 1)} of ${count(steps)} steps`);
        throw new Interrupted(`${name}: interrupted after ${count(i + 1)} of ${count(steps)} steps; ${kept}`, i + 1);
      }
    }
  } finally {
    live?.finish(history); // also when the run ends early: the way there explains most
  }

  checkpoint?.finish(history);
  const metrics: Record<string, number> = { ...history.at(-1) };
  delete metrics.step;
  const summary = [`${count(steps)} steps`, ...describeMetrics(metrics)].join(" · ");
  progress.finish(steps, `${summary} · ${progress.seconds.toFixed(1)} s`);
  const result = {
    history,
    column: (key: string) => history.map((row) => row[key] ?? NaN),
    seconds: progress.seconds,
    steps,
    resumedAt,
  };
  // As a cell's last expression: one line, the figure is above it.
  Object.defineProperty(result, Symbol.for("Jupyter.display"), { value: () => ({ "text/plain": summary }) });
  return result;
}

/** The event loop's next turn. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The metrics as numbers; scalars are read and disposed. @throws Error naming step and metric when one is not finite */
function readMetrics(metrics: Metrics, step: number): Record<string, number> {
  if (typeof metrics !== "object" || metrics === null || metrics.loss === undefined) {
    throw new Error(`train: step ${step} returned no loss: end its body with \`return { loss };\``);
  }
  const read: Record<string, number> = {};
  for (const [name, value] of Object.entries(metrics)) {
    if (value === undefined) continue;
    read[name] = typeof value === "number" ? value : readScalar(name, value, step);
  }
  for (const [name, value] of Object.entries(read)) {
    if (Number.isFinite(value)) continue;
    throw new Error(
      `train: step ${step}: ${name} is ${value}: the run diverged; try a smaller learning rate, and look for log(0), division by 0 or exp of a large number`,
    );
  }
  return read;
}

function readScalar(name: string, value: tf.Tensor, step: number): number {
  if (!(value instanceof tf.Tensor) || value.size !== 1) {
    const got = value instanceof tf.Tensor ? `a tensor of shape [${value.shape.join(", ")}]` : typeof value;
    throw new Error(`train: step ${step}: ${name} is ${got}, wanted a number or a scalar: reduce it with tf.mean`);
  }
  const number = value.dataSync()[0]!;
  value.dispose();
  return number;
}
