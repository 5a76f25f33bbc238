import { tf } from "genlab";
import type { Sampler } from "../workload";

/** The product that models spend their time in, op by op on either side: what the machine can do. */
export const sampler: Sampler = {
  unit: "GFLOP/s",
  sizes: [
    { batch: 1024, inner: 128, width: 512 },
    { batch: 1024, inner: 1024, width: 1024 },
  ],
  title: ({ batch, inner, width }) => `[${batch}×${inner}]·[${inner}×${width}] float32`,
  build({ batch, inner, width }) {
    const a = tf.randomUniform([batch, inner!]);
    const b = tf.randomUniform([inner!, width]);
    const gflop = (2 * batch * inner! * width) / 1e9;
    return {
      start: () => ({
        sample() {
          const product = tf.matMul(a, b);
          product.dataSync(); // the product is there only when it can be read
          product.dispose();
          return gflop;
        },
      }),
    };
  },
};
