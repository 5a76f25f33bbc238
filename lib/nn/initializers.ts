// Where weights start. Each keeps a signal's variance from layer to layer; which variance is right depends on what
// follows the layer. All draw from a stream, so that a seed fixes them. fan-in and fan-out of [in, out] are in and out.
import type { RandomStream } from "../tensor/random";
import { tf } from "../tensor/tf";

/**
 * Uniform on ±√(6 / (in + out)) [Glorot & Bengio 2010]: keeps the variance of activations and of gradients alike,
 * for layers followed by tanh, sigmoid or nothing. → [in, out]
 */
export function glorotUniform(stream: RandomStream, fanIn: number, fanOut: number): tf.Tensor2D {
  const limit = Math.sqrt(6 / (fanIn + fanOut));
  return stream.uniform([fanIn, fanOut], -limit, limit);
}

/**
 * Normal with σ = √(2 / ((1 + slope²)·in)) [He et al. 2015]: a ReLU halves the variance, hence the 2; slope is the
 * leaky ReLU's. → [in, out]
 */
export function heNormal(stream: RandomStream, fanIn: number, fanOut: number, slope = 0): tf.Tensor2D {
  return stream.normal([fanIn, fanOut], 0, Math.sqrt(2 / ((1 + slope * slope) * fanIn)));
}

/**
 * PyTorch's default for nn.Linear: weights and bias uniform on ±1/√in. Smaller than Glorot's; what published GAN and
 * VAE code starts from. → w [in, out], b [out]
 */
export function torchLinear(stream: RandomStream, fanIn: number, fanOut: number): { w: tf.Tensor2D; b: tf.Tensor1D } {
  const limit = 1 / Math.sqrt(fanIn);
  return { w: stream.uniform([fanIn, fanOut], -limit, limit), b: stream.uniform([fanOut], -limit, limit) };
}

/** Normal with a fixed σ: 0.02 in DCGAN and GPT-2. */
export function normalInit(stream: RandomStream, fanIn: number, fanOut: number, std = 0.02): tf.Tensor2D {
  return stream.normal([fanIn, fanOut], 0, std);
}

/**
 * A convolution's kernel with He's variance, times `gain`; its fan-in is kh·kw·in. Bias 0.
 * @param shape [kh, kw, in, out]
 */
export function heConv(
  stream: RandomStream,
  shape: [number, number, number, number],
  gain = 1,
): { w: tf.Tensor4D; b: tf.Tensor1D } {
  const [kh, kw, inputs, outputs] = shape;
  return { w: stream.normal(shape, 0, gain * Math.sqrt(2 / (kh * kw * inputs))), b: tf.zeros([outputs]) };
}

/** A pixel that is always black in the data may still be white once in a thousand pictures: ln 0 would be no start. */
const RAREST = 1e-3;

/**
 * Biases of the last layer, so that an untrained model of binary pictures already draws each pixel with its mean over the data:
 * ln (p / (1 − p)). On MNIST that costs 206 nats instead of 543, and no step is spent on learning that corners are black.
 * @param who asks, for the message
 * @param means each pixel's, 0 to 1
 * @throws RangeError when there are not `pixels` of them, or one is no chance
 */
export function meanBias(who: string, means: ArrayLike<number>, pixels: number): tf.Tensor1D {
  if (means.length !== pixels) throw new RangeError(`${who}: ${means.length} pixelMeans for ${pixels} pixels`);
  const bias = Float32Array.from(means, (mean, i) => {
    if (!(mean >= 0 && mean <= 1)) {
      throw new RangeError(`${who}: pixelMeans[${i}] is ${mean}, wanted 0 to 1: divide bytes by 255`);
    }
    const p = Math.min(1 - RAREST, Math.max(RAREST, mean));
    return Math.log(p / (1 - p));
  });
  return tf.tensor1d(bias);
}
