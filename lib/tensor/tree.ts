// Trees of tensors: a network's weights as nested lists and objects, and the same as one flat list with paths.
import { isTensor } from "./is-tensor";
import type { tf } from "./tf";

/** One tensor of a tree and the way to it: "critic.0.w". */
export interface Leaf {
  path: string;
  tensor: tf.Tensor;
}

/** A tree's structure: the same lists and objects, with each tensor's path in its place. */
export type Skeleton = string | readonly Skeleton[] | { readonly [key: string]: Skeleton };

/** A tree taken apart. A tensor that stands in two places is one leaf: tied weights stay tied. */
export interface FlatTree {
  leaves: Leaf[];
  skeleton: Record<string, Skeleton>;
}

/**
 * Takes a tree apart, in a fixed order: lists by index, objects by their keys' order.
 * @throws Error naming the path of anything that is no tensor, list or plain object, and of disposed tensors
 */
export function flatten(tree: object): FlatTree {
  const leaves: Leaf[] = [];
  const seen = new Map<tf.Tensor, string>();
  const paths = new Set<string>();
  const visit = (node: unknown, path: string): Skeleton => {
    if (isTensor(node)) {
      if (node.isDisposed) throw new Error(`${path} is disposed: give a tensor that is still alive`);
      if (!seen.has(node)) {
        if (paths.has(path)) throw new Error(`the state has two tensors at ${path}: use no points in names`);
        paths.add(path);
        seen.set(node, path);
        leaves.push({ path, tensor: node });
      }
      return seen.get(node)!;
    }
    if (Array.isArray(node)) return node.map((child, i) => visit(child, `${path}.${i}`));
    if (isPlainObject(node)) return mapValues(node, (child, key) => visit(child, `${path}.${key}`));
    const got = node === null ? "null" : typeof node;
    throw new Error(`${path} is ${got}: wanted a tensor, or lists and objects of tensors`);
  };
  const skeleton = mapValues(tree as Record<string, unknown>, (child, key) => visit(child, key));
  return { leaves, skeleton };
}

/** The paths of a structure's tensors, each once. */
export function pathsOf(skeleton: Skeleton): string[] {
  const paths = new Set<string>();
  assemble(skeleton, (path) => {
    paths.add(path);
    return undefined;
  });
  return [...paths];
}

/**
 * The tensors of a tree by the paths of a structure that it must have.
 * @throws Error naming what is missing, superfluous or no tensor, and tied places that got two tensors
 */
export function matchTree(who: string, skeleton: Skeleton, tree: unknown, at: string): Map<string, tf.Tensor> {
  const found = new Map<string, tf.Tensor>();
  const visit = (node: Skeleton, given: unknown, place: string): void => {
    if (typeof node === "string") {
      if (!isTensor(given)) {
        const got = given === undefined ? "missing" : `${given === null ? "null" : typeof given}, wanted a tensor`;
        throw new Error(`${who}: ${place} is ${got}: give a tree of the same structure`);
      }
      const before = found.get(node);
      if (before !== undefined && before !== given) {
        throw new Error(`${who}: ${place} and ${node} are one tensor in the program, got two: give the same one twice`);
      }
      found.set(node, given);
      return;
    }
    const [wanted, has] = [Object.keys(node), Object.keys(given ?? {})];
    const [missing, extra] = [wanted.find((key) => !has.includes(key)), has.find((key) => !wanted.includes(key))];
    if (missing !== undefined)
      throw new Error(`${who}: ${place}.${missing} is missing: give a tree of the same structure`);
    if (extra !== undefined)
      throw new Error(`${who}: the state has no ${place}.${extra}: give a tree of the same structure`);
    for (const key of wanted)
      visit((node as Record<string, Skeleton>)[key]!, (given as Record<string, unknown>)[key], `${place}.${key}`);
  };
  visit(skeleton, tree, at);
  return found;
}

/** A tree of that structure; `leaf` gives the tensor for a path. */
export function assemble(skeleton: Skeleton, leaf: (path: string) => unknown): unknown {
  if (typeof skeleton === "string") return leaf(skeleton);
  if (Array.isArray(skeleton)) return skeleton.map((child: Skeleton) => assemble(child, leaf));
  return mapValues(skeleton as Record<string, Skeleton>, (child) => assemble(child, leaf));
}

/** The same record with other values. */
export function mapValues<A, B>(record: Record<string, A>, f: (value: A, key: string) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value, key)]));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // A notebook's objects come from another realm than this module's: compare by what a prototype has, not by identity.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
