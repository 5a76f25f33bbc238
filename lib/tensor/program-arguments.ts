// What a call of a program's function is given, held against its declaration.
import { isTensor } from "./is-tensor";
import type { Declarations, DeclaredShape, Dimension, InputDeclaration, Numbers } from "./program-functions";
import type { tf } from "./tf";

/** @throws Error naming the input that is missing, unknown, disposed, empty, or of another shape or dtype than declared */
export function expectInputs(who: string, declared: Declarations, given: object): void {
  const inputs = given as Record<string, unknown>;
  const names = Object.keys(declared);
  const list = names.length === 0 ? "no inputs" : `{ ${names.join(", ")} }`;
  for (const name of Object.keys(inputs)) {
    if (!names.includes(name)) throw new Error(`${who}: unknown input "${name}": it takes ${list}`);
  }
  const sizes = new Map<string, { size: number; of: string }>();
  for (const name of names) {
    const { shape, dtype } = declarationOf(declared[name]!);
    const tensor = inputs[name];
    if (tensor === undefined) throw new Error(`${who}: input ${name} is missing: it takes ${list}`);
    if (!isTensor(tensor)) {
      throw new Error(`${who}: input ${name} is ${typeof tensor}, wanted a tensor ${words(shape)}: tf.tensor(…)`);
    }
    if (tensor.isDisposed) throw new Error(`${who}: input ${name} is disposed: dispose it after the call`);
    if (tensor.dtype !== dtype) {
      throw new Error(`${who}: input ${name} is ${tensor.dtype}, declared ${dtype}: tf.cast(…, "${dtype}")`);
    }
    if (tensor.rank !== shape.length) throw wrongShape(who, name, tensor, shape, "reshape it");
    shape.forEach((wanted: Dimension, axis: number) => {
      const got = tensor.shape[axis]!;
      if (typeof wanted === "number") {
        if (got !== wanted) throw wrongShape(who, name, tensor, shape, `axis ${axis} must be ${wanted}`);
        return;
      }
      if (got === 0) throw wrongShape(who, name, tensor, shape, `${wanted} is 0: give one row at least`);
      const known = sizes.get(wanted);
      if (known === undefined) sizes.set(wanted, { size: got, of: name });
      else if (known.size !== got) {
        throw wrongShape(who, name, tensor, shape, `${wanted} is ${known.size} in ${known.of} and ${got} here`);
      }
    });
  }
}

/** The declaration of inputs for `times` runs: each with a first axis of that length. */
export function stackedInputs(declared: Declarations, times: number): Declarations {
  return Object.fromEntries(
    Object.entries(declared).map(([name, declaration]) => {
      const { shape, dtype } = declarationOf(declaration);
      return [name, { shape: [times, ...shape], dtype }];
    }),
  );
}

/** Fed numbers with their defaults, and the learning rate if the caller gives one. */
export function expectScalars(
  who: string,
  defaults: Numbers,
  given: Numbers,
  trains: boolean,
): { own: Numbers; lr: number | undefined } {
  const own = { ...defaults };
  const known = [...Object.keys(defaults), ...(trains ? ["lr"] : [])];
  for (const [name, value] of Object.entries(given)) {
    if (!known.includes(name)) {
      const wanted = known.length === 0 ? "it takes none" : `it takes ${known.join(", ")}`;
      throw new Error(`${who}: unknown number "${name}": ${wanted}`);
    }
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw new Error(`${who}: ${name} is ${String(value)}, wanted a finite number`);
    }
    if (name !== "lr") own[name] = value;
  }
  return { own, lr: given.lr };
}

function declarationOf(declaration: InputDeclaration): Exclude<InputDeclaration, DeclaredShape> {
  return Array.isArray(declaration) ? { shape: declaration, dtype: "float32" } : declaration;
}

function wrongShape(who: string, name: string, tensor: tf.Tensor, shape: DeclaredShape, cure: string): Error {
  return new Error(`${who}: input ${name} is [${tensor.shape.join(", ")}], declared ${words(shape)}: ${cure}`);
}

function words(shape: DeclaredShape): string {
  return `[${shape.map((size: Dimension) => (typeof size === "number" ? size : `"${size}"`)).join(", ")}]`;
}
