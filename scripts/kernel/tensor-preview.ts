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
  const begin = tensor.shape.map(() => 0);
  const part = tensor.slice(
    begin,
    tensor.shape.map((length, axis) => (axis === 0 ? Math.min(MAX_ROWS, length) : length)),
  );
  try {
    const note = `(the first ${part.shape[0]} of ${tensor.shape[0]})`;
    return part.size > MAX_READ ? head : `${head} ${note}\n${values(part)}`;
  } finally {
    part.dispose();
  }
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
