import { tf, useDevice } from "genlab";
import { median, timed } from "./workload";
import type { Workload } from "./workload";

const [ROWS, INNER, COLUMNS] = [1024, 128, 512] as const;

/** The product that the models spend their time in, on the device that notebooks use. */
export const matMul: Workload = async () => {
  const { backend, device, threads } = await useDevice();
  const a = tf.randomUniform([ROWS, INNER]);
  const b = tf.randomUniform([INNER, COLUMNS]);
  const spans = await timed(backend === "cpu" ? 5 : 200, 3, () => {
    const product = tf.matMul(a, b);
    product.dataSync(); // the product is there only when it can be read
    product.dispose();
  });
  tf.dispose([a, b]);
  const gflops = (2 * ROWS * INNER * COLUMNS) / 1e6 / median(spans);
  const what = `[${ROWS}×${INNER}]·[${INNER}×${COLUMNS}] float32 on ${backend}, ${device}, ${threads} threads`;
  return [{ name: "matMul", value: gflops, unit: "GFLOP/s", what }];
};
