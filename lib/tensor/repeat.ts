import { isTensor } from "./is-tensor";
import { currentRecorder } from "./recording";
import { tf } from "./tf";

/**
 * A loop inside a compiled function: carry ← body(i, …carry) for i = 0 … times − 1, in one graph call however often it
 * turns. For n denoising steps, or decoding token by token. Outside a compiled function, and on other backends, it is an
 * ordinary loop with the same result.
 *
 * The body is recorded once, so its tensors keep their shapes from turn to turn, and it cannot be differentiated: where a
 * gradient must pass, write a JavaScript `for`, which is unrolled.
 * @param carry the tensors that a turn hands to the next; not disposed
 * @param body one turn; i is an int32 scalar
 * @returns the carry after the last turn
 * @throws Error when the body changes the number, shape or dtype of the carry
 */
export function repeat<C extends tf.Tensor[]>(
  times: number,
  carry: [...C],
  body: (i: tf.Scalar, ...carry: C) => [...C],
): C {
  if (!Number.isInteger(times) || times < 0) {
    throw new RangeError(`repeat: wanted times, a whole number ≥ 0, got ${times}`);
  }
  const turn = (i: tf.Scalar, now: tf.Tensor[]): tf.Tensor[] => {
    const next = body(i, ...(now as C));
    expectSameCarry(carry, next);
    return next;
  };
  if (tf.engine().state.gradientDepth > 0) {
    throw new Error("repeat cannot be differentiated: write a JavaScript for loop where a gradient must pass");
  }
  const recorder = currentRecorder();
  if (recorder !== undefined) return recorder.repeat(times, carry, turn) as C;
  let now: tf.Tensor[] = carry.map((tensor) => tf.clone(tensor));
  try {
    for (let i = 0; i < times; i++) {
      const next = tf.tidy(() => turn(tf.scalar(i, "int32"), now).map((tensor) => tf.clone(tensor)));
      tf.dispose(now);
      now = next;
    }
  } catch (error) {
    tf.dispose(now);
    throw error;
  }
  return now as C;
}

function expectSameCarry(before: readonly tf.Tensor[], after: readonly tf.Tensor[]): void {
  const given: unknown = after;
  const length = Array.isArray(given) ? given.length : undefined;
  if (length !== before.length) {
    const got = length ?? typeof given;
    throw new Error(`repeat: the body returned ${got}, wanted a list of ${before.length} tensors, the next carry`);
  }
  before.forEach((tensor, k) => {
    const [wanted, got] = [describe(tensor), describe(after[k])];
    if (wanted !== got) throw new Error(`repeat: carry ${k} is ${wanted}, the body returned ${got}: keep its shape`);
  });
}

function describe(tensor: tf.Tensor | undefined): string {
  return isTensor(tensor) ? `${tensor.dtype} [${tensor.shape.join(", ")}]` : typeof tensor;
}
