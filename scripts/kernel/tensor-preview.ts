/** As much of a TensorFlow.js tensor as is needed to show one; no import, since a notebook brings its own. */
interface TensorLike {
  shape: number[];
  dtype: string;
  size: number;
  isDisposed: boolean;
  toString(verbose?: boolean): string;
  slice(begin: number[], size: number[]): TensorLike;
  dispose(): void;
}

/** Above it only the first rows are read back from the device. */
const MAX_READ = 1_000_000;
const MAX_ROWS = 6;

export function isTensor(value: unknown): value is TensorLike {
  if (typeof value !== "object" || value === null || !("dataId" in value)) return false;
  const tensor = value as Partial<TensorLike>;
  return Array.isArray(tensor.shape) && typeof tensor.dtype === "string" && typeof tensor.slice === "function";
}

/** `Tensor [2, 3] float32`, and the values as TensorFlow.js abbreviates them. */
export function previewTensor(tensor: TensorLike): string {
  const kind = (tensor as { constructor?: { name?: string } }).constructor?.name === "Variable" ? "Variable" : "Tensor";
  const head = `${kind} [${tensor.shape.join(", ")}] ${tensor.dtype}`;
  if (tensor.isDisposed) return `${head} (disposed: its values are gone)`;
  if (tensor.size === 0) return `${head} (empty)`;
  if (tensor.size <= MAX_READ) return `${head}\n${values(tensor)}`;
  const part = tensor.slice(
    tensor.shape.map(() => 0),
    corner(tensor.shape),
  );
  try {
    const cut = part.shape.map((length, axis) => [length, tensor.shape[axis]!] as const).filter(([a, b]) => a < b);
    const note = cut.map(([length, whole]) => `${length} of ${whole}`).join(" × ");
    return `${head} (the first ${note})\n${values(part)}`;
  } finally {
    part.dispose();
  }
}

/** The shape of the beginning that is read: the first axes are cut until it is small enough. */
function corner(shape: readonly number[]): number[] {
  const kept = [...shape];
  for (let axis = 0; axis < kept.length && kept.reduce((a, b) => a * b, 1) > MAX_READ; axis++) {
    kept[axis] = Math.min(MAX_ROWS, kept[axis]!);
  }
  return kept;
}

function values(tensor: TensorLike): string {
  const lines = tensor
    .toString()
    .replace(/^Tensor\n/, "")
    .trimEnd()
    .split("\n");
  // TensorFlow.js indents by four.
  return lines.map((line) => line.replace(/^ {4}/, "")).join("\n");
}
