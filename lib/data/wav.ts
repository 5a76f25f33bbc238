/**
 * WAV files of one channel: 44 to 58 bytes of header, then the samples. Written as 16-bit numbers, or at half the size as the
 * bytes of telephone μ-law; read in both, and in 8-bit numbers.
 */
import fs from "node:fs";
import path from "node:path";
import { writeFileAtomically } from "./atomic";
import { telephoneByte, telephoneSample } from "./mu-law";

/** Sound as numbers. */
export interface Recording {
  /** −1 to 1 */
  samples: Float32Array;
  /** Samples a second. */
  rate: number;
}

/** How samples are stored. */
export type WavForm = "16 bit" | "mu-law";

/** The numbers by which the format names its forms. */
const PCM = 1;
const MU_LAW = 7;
/** What no sound card goes below or above. */
const RATES = [1000, 384_000] as const;
const isRate = (rate: number): boolean => Number.isInteger(rate) && rate >= RATES[0] && rate <= RATES[1];

/**
 * A WAV file's bytes.
 * @throws RangeError for an empty sound, a sample that is no number from −1 to 1, a rate that nothing can play, or another form
 */
export function encodeWav({ samples, rate }: Recording, form: WavForm = "16 bit"): Uint8Array {
  if (samples.length === 0) throw new RangeError("encodeWav: no samples: give at least one");
  if (!isRate(rate)) {
    throw new RangeError(`encodeWav: ${rate} samples a second, wanted a whole number from 1,000 to 384,000`);
  }
  const wrong = samples.findIndex((x) => !(x >= -1 && x <= 1));
  if (wrong >= 0) {
    const found = `sample ${wrong} is ${samples[wrong]}`;
    throw new RangeError(`encodeWav: ${found}, wanted a number from −1 to 1: divide all by the loudest`);
  }
  if (form !== "16 bit" && form !== "mu-law") {
    throw new RangeError(`encodeWav: form ${JSON.stringify(form)}, wanted "16 bit" or "mu-law"`);
  }
  const size = form === "mu-law" ? 1 : 2;
  const extra = form === "mu-law" ? 14 : 0; // no further fields (2), and how many samples there are (12)
  const length = samples.length * size;
  const bytes = new Uint8Array(44 + extra + length + (length % 2));
  const view = new DataView(bytes.buffer);
  const word = (at: number, text: string): void => bytes.set(Buffer.from(text, "latin1"), at);
  word(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, extra > 0 ? 18 : 16, true);
  view.setUint16(20, form === "mu-law" ? MU_LAW : PCM, true);
  view.setUint16(22, 1, true); // one channel
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * size, true);
  view.setUint16(32, size, true);
  view.setUint16(34, 8 * size, true);
  if (extra > 0) {
    word(38, "fact");
    view.setUint32(42, 4, true);
    view.setUint32(46, samples.length, true);
  }
  const start = 44 + extra;
  word(start - 8, "data");
  view.setUint32(start - 4, length, true);
  samples.forEach((x, i) => {
    if (size === 1) bytes[start + i] = telephoneByte(x);
    else view.setInt16(start + 2 * i, Math.round(x * 32767), true);
  });
  return bytes;
}

/** Writes a WAV file, atomically. @throws RangeError as encodeWav */
export function writeWav(file: string, recording: Recording, form: WavForm = "16 bit"): void {
  writeFileAtomically(file, encodeWav(recording, form));
}

/**
 * Reads a WAV file.
 * @param rate the samples a second that are wanted: a model hears no rate, so another one is another pitch
 * @throws Error in one line when the file is missing, cut off, no WAV file, of another form, of another rate, or of one that nothing plays
 */
export function readWav(file: string, { rate }: { rate?: number } = {}): Recording {
  let bytes: Uint8Array;
  try {
    bytes = fs.readFileSync(file);
  } catch (cause) {
    throw new Error(`readWav: cannot read ${file} (${(cause as NodeJS.ErrnoException).code}): check the path`, {
      cause,
    });
  }
  return decoded("readWav", bytes, path.basename(file), rate);
}

/** What a WAV file's bytes hold. @param name for messages @throws Error as readWav */
export function decodeWav(
  bytes: Uint8Array,
  { name = UNNAMED, rate }: { name?: string; rate?: number } = {},
): Recording {
  return decoded("decodeWav", bytes, name, rate);
}

/** What a recorder writes that cannot go back and write the length. */
const STREAMED = 0xffffffff;

/** Stands in messages for a sound without a file. */
const UNNAMED = "the sound";

function decoded(who: string, bytes: Uint8Array, name: string, rate: number | undefined): Recording {
  if (rate !== undefined && !isRate(rate)) {
    throw new RangeError(`${who}: wanted rate, a whole number from 1,000 to 384,000, got ${rate}`);
  }
  const fail = (what: string, cure: string): never => {
    throw new Error(`${who}: ${name} ${what}: ${cure}`);
  };
  const convert = `convert it, for example with ffmpeg -i "${name === UNNAMED ? "old.wav" : name}" -ac 1 -ar ${rate ?? 8000} -c:a pcm_s16le new.wav`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const word = (at: number): string => Buffer.from(bytes.subarray(at, at + 4)).toString("latin1");
  if (bytes.length < 12 || word(0) !== "RIFF" || word(8) !== "WAVE") fail("is no WAV file", convert);
  let format: { code: number; channels: number; rate: number; bits: number } | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const [kind, length] = [word(at), view.getUint32(at + 4, true)];
    const [from, room] = [at + 8, bytes.length - at - 8];
    if (kind === "fmt ") {
      if (length < 16 || room < 16) fail("is cut off in its header", "copy it again");
      const [code, channels] = [view.getUint16(from, true), view.getUint16(from + 2, true)];
      format = { code, channels, rate: view.getUint32(from + 4, true), bits: view.getUint16(from + 14, true) };
    }
    if (kind === "data") {
      if (format === undefined) return fail("has samples before it says of which form they are", convert);
      if (format.channels !== 1) fail(`has ${format.channels} channels, wanted 1`, convert);
      if (!isRate(format.rate) || (rate ?? format.rate) !== format.rate) {
        const wanted = rate?.toLocaleString("en") ?? "1,000 to 384,000";
        fail(`has ${format.rate.toLocaleString("en")} samples a second, wanted ${wanted}`, convert);
      }
      const read = READERS[`${format.code}, ${format.bits}`];
      if (read === undefined) return fail(`has samples of form ${format.code} with ${format.bits} bits`, convert);
      const size = format.bits / 8;
      if (length === STREAMED) fail("was streamed, and does not say how long it is", convert);
      if (length > room) {
        const [announced, there] = [length, room].map((count) => Math.floor(count / size));
        fail(`is cut off: ${announced} samples announced, ${there} there`, "copy it again");
      }
      if (length < size) fail("has no samples", "record it again");
      if (length % size > 0) fail(`has ${length} bytes of samples, which take ${size} bytes each`, "copy it again");
      const samples = Float32Array.from({ length: length / size }, (_, i) => read(view, from + i * size));
      return { samples, rate: format.rate };
    }
    at = from + length + (length % 2);
  }
  return fail("has no samples in it", "copy it again");
}

/** By form and bits. */
const READERS: Record<string, ((view: DataView, at: number) => number) | undefined> = {
  [`${PCM}, 8`]: (view, at) => Math.max(-1, (view.getUint8(at) - 128) / 127),
  [`${PCM}, 16`]: (view, at) => Math.max(-1, view.getInt16(at, true) / 32767),
  [`${MU_LAW}, 8`]: (view, at) => telephoneSample(view.getUint8(at)),
};
