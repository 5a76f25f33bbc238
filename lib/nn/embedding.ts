import { nativeOp } from "../tensor/tensorflow-op";
import { tf } from "../tensor/tf";

/**
 * Rows of a table: table [V, C], indices int32 of any shape → [...indices, C]. The same as one-hot vectors times the
 * table, without the multiplications; the gradient adds up what each row received.
 * An index outside 0 … V − 1 is an error.
 */
export function embedding(table: tf.Tensor2D, indices: tf.Tensor): tf.Tensor {
  if (indices.dtype !== "int32") {
    throw new Error(`embedding: indices are ${indices.dtype}, wanted int32: tf.cast(indices, "int32")`);
  }
  const [rows] = table.shape;
  const lookup: (table: tf.Tensor) => tf.Tensor = tf.customGrad((weights, save) => {
    (save as (tensors: tf.Tensor[]) => void)([indices]); // its maker's scope may end before the gradient is computed
    return {
      value: gather(weights as tf.Tensor2D, indices),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => {
        const flat = tf.reshape(dy, [indices.size, table.shape[1]]);
        return tf.unsortedSegmentSum(flat, tf.reshape(saved!, [indices.size]), rows);
      },
    };
  });
  return lookup(table);
}

/** TensorFlow.js's own gather reads the indices to check them: a compiled function has nothing to read, TensorFlow checks. */
function gather(table: tf.Tensor2D, indices: tf.Tensor): tf.Tensor {
  const types = { Tparams: { type: "float32" }, Tindices: { type: "int32" }, Taxis: { type: "int32" } } as const;
  const axis = tf.scalar(0, "int32");
  const [rows] = nativeOp("GatherV2", { batch_dims: { int: 0 }, ...types }, [table, indices, axis], 1) ?? [];
  axis.dispose();
  return rows ?? tf.gather(table, indices);
}
