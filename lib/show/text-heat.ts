import { formatNumber } from "./format";
import { DISPLAY } from "./mime";
import type { MimeBundle } from "./mime";
import { INK, PALETTE } from "./style";
import { html } from "./table";

export interface TextHeatOptions {
  /** The pieces of a text, in order: characters, or tokens as text. */
  tokens: readonly string[];
  /** A number for each, 0 or more: nats, attention. */
  values: ArrayLike<number>;
  /** What the numbers are, with their unit; stands above the text. */
  value: string;
  /** The number that gets the full colour; the largest one unless told. Where texts are to be compared, give both the same. */
  most?: number;
}

/** A text whose pieces are coloured by a number each: where was the model surprised, where does it look? */
export class TextHeat {
  constructor(private readonly options: Required<TextHeatOptions>) {}

  /** Each element carries its own style, as in tables: a style sheet would reach the whole page. */
  toHtml(): string {
    const { tokens, values, value, most } = this.options;
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(PALETTE.vermillion.slice(at, at + 2), 16));
    const spans = tokens.map((token, i) => {
      const strength = (0.85 * Math.min(1, values[i]! / most)).toFixed(2);
      const title = `${html(visible(token))}: ${formatNumber(values[i]!, 3)}`;
      // A line break shows as a sign that can carry its colour.
      const shown = html(token).replace(/\n/g, '<span style="opacity:0.5">⏎</span>\n');
      return `<span title="${title}" style="background:rgba(${r},${g},${b},${strength});border-radius:2px">${shown}</span>`;
    });
    const scale = `<div style="color:${INK};padding:2px 0">${html(value)}: none to ${formatNumber(most, 3)} (full colour)</div>`;
    const style = "font-family:monospace;white-space:pre-wrap;line-height:1.5;margin:0;background:none;color:inherit";
    return `<div>${scale}<pre style="${style}">${spans.join("")}</pre></div>`;
  }

  /** The text, and below each line a digit for every piece: 9 where the colour is full. */
  toString(): string {
    const { tokens, values, value, most } = this.options;
    const lines: [string, string][] = [["", ""]];
    tokens.forEach((token, i) => {
      const digit = String(Math.min(9, Math.floor((10 * values[i]!) / most)));
      const [first = "", ...rest] = token.split("\n");
      const marks = (text: string): string => (digit === "0" ? " " : digit).repeat([...text].length);
      const last = lines.at(-1)!;
      lines[lines.length - 1] = [
        last[0] + first + (rest.length > 0 ? "⏎" : ""),
        last[1] + marks(first + (rest.length > 0 ? "⏎" : "")),
      ];
      rest.forEach((text, k) => {
        const mark = k < rest.length - 1 ? "⏎" : "";
        lines.push([text + mark, marks(text + mark)]);
      });
    });
    const shown = lines.flatMap(([text, marks]) => [text.trimEnd(), marks.trimEnd()].filter((line) => line !== ""));
    return [`${value}: 9 is ${formatNumber(most, 3)}`, ...shown].join("\n");
  }

  [DISPLAY](): MimeBundle {
    return { "text/html": this.toHtml(), "text/plain": this.toString() };
  }
}

/**
 * A text with every piece coloured by its number.
 * @throws Error when there is not one number a piece, or a number is negative or not finite
 */
export function textHeat({ tokens, values, value, most }: TextHeatOptions): TextHeat {
  if (tokens.length === 0) throw new Error("textHeat: no tokens: give at least one");
  if (values.length !== tokens.length) {
    throw new Error(`textHeat: ${tokens.length} tokens, ${values.length} values: give one each`);
  }
  const numbers = Array.from(values);
  const odd = numbers.findIndex((number) => !(number >= 0 && number < Infinity));
  if (odd >= 0) throw new Error(`textHeat: value ${odd} is ${numbers[odd]}, wanted 0 or more`);
  const full = most ?? Math.max(...numbers);
  if (!(full >= 0)) throw new Error(`textHeat: most is ${most}, wanted a number above 0`);
  return new TextHeat({ tokens, values: numbers, value, most: full > 0 ? full : 1 });
}

function visible(token: string): string {
  return token.replace(/\n/g, "⏎").replace(/ /g, "␣");
}
