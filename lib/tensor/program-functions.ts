// The functions of a program as their author writes them: train steps, calls, chains of both. See compile.
import type { tf } from "./tf";
import type { RandomStream } from "./random";
import type { UpdateRule } from "./update-rule";

/** A declared dimension: a number, or a name for what may differ from call to call; equal names must be equal numbers. */
export type Dimension = number | string;
/** A declared shape: ["B", 784]. */
export type DeclaredShape = Dimension[] | [];
/** A declared input: a shape (float32), or a shape with its dtype. */
export type InputDeclaration = DeclaredShape | { shape: DeclaredShape; dtype: "float32" | "int32" | "bool" };

type TensorOfDeclaredShape<S> = S extends []
  ? tf.Scalar
  : S extends [Dimension]
    ? tf.Tensor1D
    : S extends [Dimension, Dimension]
      ? tf.Tensor2D
      : S extends [Dimension, Dimension, Dimension]
        ? tf.Tensor3D
        : S extends [Dimension, Dimension, Dimension, Dimension]
          ? tf.Tensor4D
          : tf.Tensor;

/** The tensors that declared inputs stand for. */
export type InputTensors<I> = {
  [K in keyof I]: I[K] extends { shape: infer S } ? TensorOfDeclaredShape<S> : TensorOfDeclaredShape<I[K]>;
};

/** Random numbers inside a function: the program's own stream, equal compiled and eager. Draws advance it. */
export type Draws = Pick<RandomStream, "uniform" | "normal" | "integers">;

/** Declared inputs and fed numbers by name. */
export type Declarations = Record<string, InputDeclaration>;
export type Numbers = Record<string, number>;

/** What a function is written as. state: the program's; inputs and scalars: as declared; random: see Draws. */
export type FunctionBody<S, I, C, O> = (
  state: S,
  inputs: InputTensors<I>,
  scalars: { [K in keyof C]: tf.Scalar },
  random: Draws,
) => O;

/** Options of every function. */
export interface FunctionOptions<I, C> {
  /** Each input's shape, and its dtype where it is not float32. */
  inputs?: I;
  /** Numbers that may differ from call to call without a new recording, with their defaults. */
  scalars?: C;
  /** Compile with XLA: fuses chains of small ops, where that wins; see the guide. No effect on other backends. */
  xla?: boolean;
}

/** Options of a train step. */
export interface TrainStepOptions<S, I, C> extends FunctionOptions<I, C> {
  /** The part of the state that is trained, or several; the rest stays as it is. */
  of: NoInference<keyof S & string> | readonly NoInference<keyof S & string>[];
  /** The optimizer. Its running averages belong to the program; steps with the same optimizer object share them. */
  by: { readonly rule: UpdateRule };
  /**
   * The loss is a mean over the batch: compute it in this many equal parts side by side, one a core. Faster where single ops are
   * too small for several cores; see the guide.
   */
  shards?: number;
  /** Scales all gradients together so that their global norm is at most this [Pascanu 2013]. */
  clipNorm?: number;
  /** Cuts every trained weight to ±clipWeights after the step [Arjovsky 2017, algorithm 1]. */
  clipWeights?: number;
  /** After the step, `into` ← decay·`into` + (1 − decay)·weights, for a part of the state of the same structure. */
  average?: { into: NoInference<keyof S & string>; decay: number };
}

/** No inputs, no numbers. */
type Nothing = Record<never, never>;
type NoInference<T> = [T][T extends unknown ? 0 : never];

/** Ties a function to its program's state, for the compiler alone: the property is never there. */
export interface OverState<S> {
  readonly kind: string;
  readonly state?: S;
}

/** A function that computes, and does not change the state. */
export interface Call<S, I, C, O> extends OverState<S> {
  readonly kind: "call";
  readonly body: FunctionBody<S, I, C, O>;
  readonly options: FunctionOptions<I, C>;
}

/** A function whose loss is lowered by one optimizer step. */
export interface TrainStep<S, I, C, O> extends OverState<S> {
  readonly kind: "train step";
  readonly body: FunctionBody<S, I, C, O>;
  readonly options: TrainStepOptions<S, I, C>;
}

/** Several functions one after another, in one graph call. */
export interface Chain<M> {
  readonly kind: "chain";
  readonly members: M;
}

/**
 * One training step of a program: computes the body's `loss`, its gradients with respect to `of`, and moves those weights.
 * @param body ordinary TensorFlow.js; returns `{ loss, … }`, loss a scalar, beside it whatever else is wanted
 * @example trainStep((state, { x, y }) => ({ loss: mse(net(x, state.net), y) }), { inputs: {…}, of: "net", by: adam({ lr: 1e-3 }) })
 */
export function trainStep<
  S,
  O extends { loss: tf.Tensor },
  I extends Declarations = Nothing,
  C extends Numbers = Nothing,
>(body: FunctionBody<S, I, C, O>, options: TrainStepOptions<S, I, C>): TrainStep<S, I, C, O> {
  return { kind: "train step", body, options };
}

/**
 * A function of a program that computes without changing it: a loss on held-out data, a sampler.
 * @param body ordinary TensorFlow.js; returns tensors by name
 */
export function call<
  S,
  O extends Record<string, tf.Tensor>,
  I extends Declarations = Nothing,
  C extends Numbers = Nothing,
>(body: FunctionBody<S, I, C, O>, options: FunctionOptions<I, C> = {}): Call<S, I, C, O> {
  return { kind: "call", body, options };
}

/**
 * Several of the program's functions as one graph call: `chain([["criticStep", 5], "generatorStep"])`. A function that runs
 * k times takes inputs stacked along a new first axis of length k and returns a list of k results.
 */
export function chain<const M extends readonly (string | readonly [string, number])[]>(members: M): Chain<M> {
  return { kind: "chain", members };
}

/** Scalars come back as numbers; a reduction of unknown rank counts as one. Other tensors are the caller's to dispose. */
export type Returned<T> = T extends tf.Tensor<tf.Rank.R0> ? number : tf.Tensor extends T ? number : T;
/** As Returned, but in a call a tensor of unknown rank stays a tensor. */
export type ReturnedByCall<T> = T extends tf.Tensor<tf.Rank.R0> ? number : T;

type ResultOf<F> = F extends { readonly kind: "train step"; readonly body: (...args: never) => infer O }
  ? { [K in keyof O]: Returned<O[K]> }
  : F extends { readonly kind: "call"; readonly body: (...args: never) => infer O }
    ? { [K in keyof O]: ReturnedByCall<O[K]> }
    : never;

type NameOf<M> = M extends readonly [infer N extends string, number] ? N : M extends string ? M : never;
type Repeated<M, N> = Extract<M, readonly [N, number]>;
/** The entry of a record, or nothing: a chain's names are checked when the program is made. */
type At<All, N> = N extends keyof All ? All[N] : never;
type IsOnce<M extends readonly unknown[], N> = [Repeated<M[number], N>] extends [never] ? true : false;

type ChainResult<M extends readonly unknown[], All> = {
  [N in NameOf<M[number]>]: IsOnce<M, N> extends true ? ResultOf<At<All, N>> : ResultOf<At<All, N>>[];
};
/** Inputs of a function that runs several times have one axis more than declared. */
type ChainInputs<M extends readonly unknown[], All> = {
  [N in NameOf<M[number]> as keyof DeclaredInputs<At<All, N>> extends never ? never : N]: IsOnce<M, N> extends true
    ? InputsOf<At<All, N>>
    : { [K in keyof DeclaredInputs<At<All, N>>]: tf.Tensor };
};
type ChainScalars<M extends readonly unknown[], All> = { [N in NameOf<M[number]>]?: ScalarsOf<At<All, N>> };

type DeclaredInputs<F> = F extends { readonly options: FunctionOptions<infer I, Numbers> } ? I : never;
type DeclaredNumbers<F> = F extends { readonly options: FunctionOptions<Declarations, infer C> } ? C : never;
type InputsOf<F> = InputTensors<DeclaredInputs<F>>;
type ScalarsOf<F> = Partial<Record<keyof DeclaredNumbers<F>, number>> &
  (F extends { readonly kind: "train step" } ? { lr?: number } : unknown);

type Arguments<I, C> = keyof I extends never ? [inputs?: I, scalars?: C] : [inputs: I, scalars?: C];

/** What a program offers for one of its functions. All = all its functions, by name. */
export type Callable<F, All> =
  F extends Chain<infer M extends readonly unknown[]>
    ? (...args: Arguments<ChainInputs<M, All>, ChainScalars<M, All>>) => ChainResult<M, All>
    : (...args: Arguments<InputsOf<F>, ScalarsOf<F>>) => ResultOf<F>;

export type Callables<F> = { [K in keyof F]: Callable<F[K], F> };
