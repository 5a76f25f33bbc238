import { encodeWav } from "../data/wav";
import type { WavForm } from "../data/wav";
import { DISPLAY } from "./mime";
import type { MimeBundle } from "./mime";
import { isEmptyList } from "./numbers";
import { html } from "./table";

/** A sound with its name. */
export interface NamedSound {
  name: string;
  /** −1 to 1 */
  samples: Float32Array;
}

export interface AudioOptions {
  /** Samples a second. */
  rate: number;
  /** "mu-law" unless told: a byte a sample, 8 kB for a second at 8 kHz; "16 bit" takes twice that. */
  form?: WavForm;
  /** Stands above the players. */
  caption?: string;
  /** Players in a row; 3 unless told. */
  columns?: number;
}

/** A sound that begins or ends in mid-swing clicks: so many seconds of it rise and fall. */
const RAMP = 0.004;

/** Players of sounds; a notebook carries the sounds themselves, as WAV files in the page. */
export class AudioPlayers {
  constructor(
    private readonly sounds: readonly { name: string; seconds: number; wav: string }[],
    private readonly options: { caption?: string; columns: number },
  ) {}

  /** What is read where nothing can be heard. */
  toString(): string {
    const { caption } = this.options;
    const list = this.sounds.map(({ name, seconds }) => `${name} (${seconds.toFixed(2)} s)`).join(", ");
    return `Sound: ${caption === undefined ? "" : `${caption}: `}${list}; open the notebook in JupyterLab to hear it`;
  }

  /** A name above each player; without scripts. GitHub drops the players and keeps the names. */
  toHtml(): string {
    const { caption, columns } = this.options;
    const cells = this.sounds.map(({ name, wav }) => {
      // The sound is the player's own src: from a source within, JupyterLab takes it where the notebook is not trusted.
      const source = `src="data:audio/wav;base64,${wav}"`;
      const player = `<audio controls preload="metadata" style="width:210px;height:34px" ${source}></audio>`;
      return `<figure style="margin:4px 12px 4px 0"><figcaption>${html(name)}</figcaption>${player}</figure>`;
    });
    const above = caption === undefined ? "" : `<div style="font-weight:600;padding:4px 0">${html(caption)}</div>`;
    const grid = `display:grid;grid-template-columns:repeat(${Math.min(columns, cells.length)},max-content)`;
    return `${above}<div style="${grid}">\n${cells.join("\n")}\n</div>`;
  }

  [DISPLAY](): MimeBundle {
    return { "text/html": this.toHtml(), "text/plain": this.toString() };
  }
}

/**
 * Players for sounds, beside each other with their names.
 * @throws Error without a sound, where one is empty, too loud or not a number, and for a rate that nothing can play
 */
export function audio(sounds: readonly NamedSound[], options: AudioOptions): AudioPlayers {
  const { rate, form = "mu-law", caption, columns = 3 } = options;
  if (isEmptyList(sounds)) throw new Error("audio: no sounds: give at least one { name, samples }");
  const encoded = sounds.map(({ name, samples }) => {
    if (samples.length === 0) throw new Error(`audio: ${name} has no samples`);
    const wrong = samples.findIndex((x) => !(x >= -1 && x <= 1));
    if (wrong >= 0) {
      const found = `sample ${wrong} of ${name} is ${samples[wrong]}`;
      throw new Error(`audio: ${found}, wanted a number from −1 to 1: divide all by the loudest`);
    }
    const bytes = encodeWav({ samples: softened(samples, Math.round(RAMP * rate)), rate }, form);
    return { name, seconds: samples.length / rate, wav: Buffer.from(bytes).toString("base64") };
  });
  return new AudioPlayers(encoded, { ...(caption !== undefined && { caption }), columns });
}

/** Rising at the beginning and falling at the end. */
function softened(samples: Float32Array, ramp: number): Float32Array {
  const n = samples.length;
  return samples.map((x, i) => x * Math.min(1, (i + 1) / (ramp + 1), (n - i) / (ramp + 1)));
}
