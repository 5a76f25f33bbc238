// Gradients written by hand: fewer operations than TensorFlow.js makes when it differentiates a formula, and TensorFlow's
// own gradient operations (ReluGrad, BiasAddGrad, …), which TensorFlow.js does not wrap.
import { tf } from "../tensor/tf";

/** What a function with a hand-written gradient is made of. */
export interface HandGradient<X extends tf.Tensor[]> {
  /** The value; `save` keeps tensors for the gradient. */
  forward: (inputs: X, save: (tensors: tf.Tensor[]) => void) => tf.Tensor;
  /** Gradients of the inputs, in their order, from the value's gradient and what was saved. */
  backward: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor[];
}

/**
 * Applies a function whose gradient is written by hand. Such a gradient exists once: TensorFlow's own gradient operations
 * have none themselves, and a second derivative would silently miss them, so it is refused. (What a gradient penalty
 * needs lies in activations.ts.)
 */
export function handGradient<X extends tf.Tensor[]>(name: string, inputs: [...X], f: HandGradient<X>): tf.Tensor {
  const apply = tf.customGrad((...args) => {
    const save = args.pop() as unknown as (tensors: tf.Tensor[]) => void;
    return {
      value: f.forward(args as unknown as X, save),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        if (tf.engine().state.gradientDepth > 0) {
          throw new Error(`${name}: has no second derivative: use a layer of TensorFlow.js operations instead`);
        }
        return f.backward(dy, saved);
      },
    };
  });
  return apply(...inputs);
}
