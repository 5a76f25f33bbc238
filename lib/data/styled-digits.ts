/**
 * Digits whose style is known: strokes as they are in MNIST, sorted into thin, normal and bold, and sheared so that they
 * lean as wanted; the weight is measured again on the sheared picture. All digits and styles are equally frequent, except
 * combinations that are held out.
 */
import { strokeStyle, STYLE_LIMITS } from "../evaluate/stroke-style";
import type { StrokeLean, StrokeWeight } from "../evaluate/stroke-style";
import type { RandomState, RandomStream } from "../tensor/random";
import { tf } from "../tensor/tf";
import type { CaptionedStyle } from "./captions";
import type { DigitSet } from "./mnist";
import { sheared } from "./sheared";

/** A digit with both attributes. */
export type FullStyle = Required<CaptionedStyle>;

export const STROKE_WEIGHTS: readonly StrokeWeight[] = ["thin", "normal", "bold"];
export const STROKE_LEANS: readonly StrokeLean[] = ["left", "upright", "right"];

/** Digits that are no clear case, within so many pixels of a limit, are left out: "normal" is 2.40 to 2.60. */
const MARGIN = 0.15;

/** So many digits are tried for a style, then the last one is taken. */
const TRIES = 20;

/** Degrees, from … to. */
const SLANTS: Record<StrokeLean, readonly [number, number]> = { left: [-26, -15], upright: [-5, 5], right: [15, 26] };

/** All 90 combinations. */
export const ALL_STYLES: readonly FullStyle[] = Array.from({ length: 10 }, (_, digit) =>
  STROKE_WEIGHTS.flatMap((weight) => STROKE_LEANS.map((lean) => ({ digit, weight, lean }))),
).flat();

/**
 * The 18 combinations that the text model of notebook 06b never sees: two of each style, one or two of each digit, so that
 * every digit and every style is known, but not these together.
 */
export const HELD_OUT_STYLES: readonly FullStyle[] = [
  ["thin", "left", 2, 7],
  ["thin", "upright", 0, 4],
  ["thin", "right", 1, 5],
  ["normal", "left", 5, 8],
  ["normal", "upright", 2, 6],
  ["normal", "right", 0, 9],
  ["bold", "left", 3, 9],
  ["bold", "upright", 4, 8],
  ["bold", "right", 6, 7],
].flatMap(([weight, lean, ...digits]) =>
  digits.map((digit) => ({ digit: digit as number, weight: weight as StrokeWeight, lean: lean as StrokeLean })),
);

/** Whether two styles are the same. */
export function sameStyle(a: FullStyle, b: FullStyle): boolean {
  return a.digit === b.digit && a.weight === b.weight && a.lean === b.lean;
}

/** Pictures of a style, drawn at random; the caller disposes `images`. */
export interface StyledBatch {
  /** [B, 784] in [−1, 1] */
  images: tf.Tensor2D;
  styles: FullStyle[];
}

/** A source of styled digits. */
export class StyledDigits {
  /** The styles that occur. */
  readonly styles: readonly FullStyle[];
  private readonly cells = new Map<string, number[]>();
  private readonly slants: Float32Array;

  /**
   * Measures every digit of the set once, about 30 µs each.
   * @param options stream of the choices; heldOut: styles that never occur
   * @throws Error when the set has no digit for some style
   */
  constructor(
    private readonly set: DigitSet,
    private readonly options: { stream: RandomStream; heldOut?: readonly FullStyle[] },
  ) {
    const { heldOut = [] } = options;
    this.styles = ALL_STYLES.filter((style) => !heldOut.some((held) => sameStyle(style, held)));
    this.slants = new Float32Array(set.count);
    for (let i = 0; i < set.count; i++) {
      const style = strokeStyle(set.pixels.subarray(i * 784, (i + 1) * 784), { range: "[0,255]" });
      this.slants[i] = style.slant;
      const weight = clearWeight(style.thickness);
      if (weight === undefined) continue;
      const key = `${set.labels[i]} ${weight}`;
      const cell = this.cells.get(key);
      if (cell === undefined) this.cells.set(key, [i]);
      else cell.push(i);
    }
    for (const { digit, weight } of this.styles) {
      if (!this.cells.has(`${digit} ${weight}`)) {
        throw new Error(`StyledDigits: no ${weight} ${digit} among ${set.count} digits: give a larger set`);
      }
    }
  }

  /** So many pictures of styles drawn at random. */
  next(size: number): StyledBatch {
    const { stream } = this.options;
    return this.ofStyles(Array.from({ length: size }, () => this.styles[stream.below(this.styles.length)]!));
  }

  /** A picture of each of these styles, held out or not. */
  ofStyles(styles: readonly FullStyle[]): StyledBatch {
    const values = new Float32Array(styles.length * 784);
    styles.forEach((style, b) => {
      const picture = this.draw(style);
      for (let i = 0; i < 784; i++) values[b * 784 + i] = (picture[i]! * 2) / 255 - 1;
    });
    return { images: tf.tensor2d(values, [styles.length, 784]), styles: [...styles] };
  }

  /** A digit of that weight, sheared; shearing may change the weight: then another one. Grey levels 0 … 255. */
  private draw({ digit, weight, lean }: FullStyle): Float32Array {
    const { stream } = this.options;
    const cell = this.cells.get(`${digit} ${weight}`) ?? [];
    if (cell.length === 0) throw new Error(`StyledDigits: there is no ${weight} ${digit} in the set`);
    const [from, to] = SLANTS[lean];
    let picture: Float32Array;
    let tries = 0;
    do {
      const index = cell[stream.below(cell.length)]!;
      const slant = from + (to - from) * stream.number();
      picture = sheared(
        this.set.pixels.subarray(index * 784, (index + 1) * 784),
        tangent(slant) - tangent(this.slants[index]!),
        0,
      );
    } while (clearWeight(strokeStyle(picture, { range: "[0,255]" }).thickness) !== weight && ++tries < TRIES);
    return picture;
  }

  /** Where the choices stand. */
  save(): RandomState {
    return this.options.stream.save();
  }

  /** Goes on from there. */
  restore(state: RandomState): void {
    this.options.stream.restore(state);
  }
}

/** The weight, undefined near a limit. */
function clearWeight(thickness: number): StrokeWeight | undefined {
  const { thin, bold } = STYLE_LIMITS;
  if (thickness < thin - MARGIN) return "thin";
  if (thickness > bold + MARGIN) return "bold";
  return thickness > thin + MARGIN && thickness < bold - MARGIN ? "normal" : undefined;
}

function tangent(degrees: number): number {
  return Math.tan((degrees * Math.PI) / 180);
}
