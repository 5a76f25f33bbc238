// Letters for PNG pictures, which have none of their own: DejaVu Sans at 12 pixels, drawn once by a browser. A glyph is
// 16 rows with the baseline below row 11, sixteen steps of opacity, four bits each, row by row; glyphs follow each other.
import { inflateRawSync } from "node:zlib";

/** Rows of a glyph. */
export const LINE_HEIGHT = 16;

const CHARACTERS =
  " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~·×→…–−±≤≥∞σελμα²½°";
const WIDTHS =
  "456a8b93556a4444888888888844aaa6c888987994487a997988798c878545a66787874883373c878856587a776848a4aac6aaaaa867885c6";
const MASKS = [
  "tVh9dBTVFf/N7szuzOy+yaMUhcIu09qiRyDZamuPlGRH6vEc7WGZc2xPjxXC4BGsSGDVP1qpkRX/qJ5gHD09R2ilDmhbULEL4gdqw0ajfBiT",
  "NcAmfIQshIQmgaBhNQiBad8mSBL2I+HYO3Pfe/PmvXfvu/e+e2cuMDKYA/7z/iIIRxI8HBHMyTSQzDD6b/cUDaOAD4sBLrkY4GPPw23b9ml4",
  "fxFHkW3bESz26MDzhAI1vjzrSDSNzvou6n3ku1S5mULqXgnMrQpAmmBK0tSI5/AJenFcVnh6MxZj5viIT3VZd0thzBSfiAGVm2seWAncX3yd",
  "Cd+46C8hG8VXm3wM5VtGskmxpRrOFE9RQgHuEAXeeZWuDo55b9KvvuAOxf2mcBYzDm3dn2X6HhLY41YzvHgSftVtYQcUDcdANLwNt4VCFauH",
  "DPMG8AC4o/CE8ReIFtbAE+ZasYTNuAwW4Q+L/iQ061Nrt9y76Db8ejTKvI8VTw0UXtu2Y5ceBxcjA9nyhEkWVa3oyz/fpXvMYV2FWI63uCNC",
  "TIqQQDGW4008fvnE1xOQPpgfUHTZLKLuWBCuOKsna7IlWYUBVNbkpOuutyDcYQFSZpRs28w1f0LdR5gw65kAQAygMABuFzApCq6WwlsNBNnR",
  "yHUU7J1w3TJbB4rDePGCCu53rDfMJDqezjEm2R/nFpzjHOB5D/htBbiGCoiRCkxHBVbY9udABfoxO3jsC8zU+vFwDVyz/qYCngjDcYH5Wl76",
  "ZRc0oW1cwGsAk1/voEUfzjYnG+6YYrhjYrUvgvIOmmt6QVq+fg0oB7ATcPQAYqxfnCEKvJKbPF/VBPJGqaFosim9NM/gW87C/9K8SJC6Y35j",
  "oums6lNzz98H33NL1SD1RILUE/VHgjG+/qAFeMO842kqX/ggx2zBkK3hraGnQjDyn4+LoAKOR6O4qupliF0L0F/g6rqXGZ+vRwFwOq4MBs73",
  "kNaowJHexA4my9vTbF1VFekvbj/5IOSzGiDQfItMOLzuumsamZqlBpRRbADuBRYC7+SbyW/qehwof3js01SoBkTLq1YeiMSnCR9MjWyZ4Y6I",
  "keppQvXE1SZRKzubIFanZ72m8VsB16YDOcTmPQIUtQOr/go0BlX+CxKRo2Lcb9unl1Js2wYszcUYsbtUYvw8Rgz+c2KIMWJf0Igx7igx0E4M",
  "PkXynH/M7d7q6v3BXUoYCFKgFP01CQOuXvUuzD21I7doWi7soMSYcgAJOE8TAyScAHYONPgUMaYcTI/JvQqx7Sg7ct+gbZvDnuO5mLBTbFSi",
  "f3CLHR/0lMhNWag7ERZ6v3+H2jiwdSGJ+q/mUJAFx4GEq1ctMYS684/nM5EEXIxq2aVGi20P62GNrBIwhl/53iv6sjTTQ0cJ7cSYr5NFbSDb",
  "dZA+gJRHQe45CGJMjxLDcSDnJjBUckOkeja3CnvgTZEmTE+RcjyZIku0hhS578+xFFnQEU4RYztNEeOHSCsqlf/EH1ZdMdKBJWjqccXIYnMJ",
  "EsEpMWK8sgQJx5kYMaQTSKAory9xtXRS11dja7nj4NqDFPLfk0AFa6xjPa72sbUQWjpz22fL+WeJMc9MYBUxJlktdsPI7Ssj/VWssfk4uOOu",
  "9rF1VGjpCwCuVjbcyHI+9lPGQfqMGxMtYvepxAhpxHDHiMG1EQOrcnHhrDqg+V+6VmcG7n+TwrH2XACYGf0fweTNP55rTa3fT3NGSRuKDrQh",
  "c5UDjkGMKRpWDWvoqEAjZEusdrZhov11Hi0yP7gU2ObXuZRsueP8EW8EiaCa9pvMfzI/mhcqQKJIhFCYdPQUaItrXHFv5J+rZUuM7rmbhIWj",
  "SX9RgDsTJZVAXVjqBF7UXL0jik9+g2sXjspRvFqqopDx0wMs3Q1HW6HusdyflVLsyhEETJQWar5wuRTD7qNwnBmxfJfZTHTCaaDEALcf8LA/",
  "EBVCCigMA8/Y9rnMKv0aPShQMxTDVLEHq3E3/NRjuC1nPP04F+MvGeY5iFFUXF6QjHR/z/5wTppA2Q2NEBow3cD/EZqbmwc+swMQYuwf6Mrg",
  "0ROaOKuSAnvd9fadbeq+YszRN+3al3m0EhiEazuh7C2OKIYrrmh8Ml1vnhRRHuug+elef8ryvsHzR4AygFXeCI+pp6ysX/PmRXTWvWv6nlth",
  "huAxyyCla58RNJ2ffmLmpzv1ZNi7fvadR7B8vm3XJBldh/a97o8y+JV6aZ0nvN32hC9dOf0Q42vl0jQ/S77hq8R01u9m3/wGT0NUtGuyy7O8",
  "A0rNbEPRJVMJiNZgzOQ2tZXAXqIN3Nn6lVk9Z4eQax2o+Dblp8fwn1YoB4BjTVBuaEKrozEDnb2D75HYlFJ+fGYXVd4o/WhmWNE9JtuDJ+yO",
  "Xl6OxlKVF/ZDqZ40Uvlcpnfdt37ZrUewsQziy0ls9IVLtGkn9RHS3TwxoujCJTtndv9YBx2sv+x2sTuDvabtwhxs15dN7PhU2Yw2tnZrf5Ej",
  "sdIW0q4J6ZBatoDfdSO3bbZdnTliKZrH7k3nSdKF18CyPGGgQJXMwaiosuk1Qqbz/RGcNzGKNUVU0T4Wku7oRhT5A3g3DteZkSr9jziIYyWO",
  "w86kcttrP4vKT92/POL+9482ac6TXDfQiU9Gto6z1dHm+mwX5GaKZWH4N1E5+orrKJcYIf9vC3FXbAP8RSpei0HoBYooS2JM3pI5dPWBa4TH",
  "xCoWCUoCeMbuy/LxEoC0Dt8kCnw6RBZdigOX+hiynInz1BArE83MFz/IpkWWSyvRwPScRpYKYuswmhf7vHo6TSCeG1Xg4Ou2Ok35ocfO69zo",
  "Ik6GfFRm0MDD2Y7SAEILjwF8tw44uzWgcGEruATmqZwOnl5R2JvGfrfdDSy/ytyj2HCx79sHl8Eu2WLXaOeWNSeumO6YMWOo1N3dHb/iFe7L",
  "mcK8wowHd1cM11btVMXz9wD82q6HAEzZlF4lINu2nRzVatLbKsAtPvEE+93dHsdVazsNsevhi1mVUa/Xz+ILt26j0sJDN5kyVsOS7q29yeTe",
  "n/Xe6EyNr7e/JCtLHwxBMssgWiEqm2T9Ms1Rty+vydR/VbDgO14dbjtccgtKNE48lekP1dMGiHEwV851ACuS8FZq/BcbsVFITg4ov4liTX4+",
  "h/v3goBsFqwvebbgX01fFqjsfT9mda2165I+4wUrhPlGGYpoCPOpX9+u8Z++lW2jQm0YfsgROew+UZ3XdWvMFcxIwm0CcfgoK/8BIM7XbFDH",
  "vzPtJ84o8AhEE47PMJtC1p17gOshbojkjwvNAc+NMc81UeehHCEc/wU=",
].join("");

interface Glyph {
  width: number;
  /** Opacity 0–255, row by row. */
  mask: Uint8Array;
}

let glyphs: Map<string, Glyph> | undefined;

function load(): Map<string, Glyph> {
  const packed = inflateRawSync(Buffer.from(MASKS, "base64"));
  const loaded = new Map<string, Glyph>();
  let at = 0;
  [...CHARACTERS].forEach((character, i) => {
    const width = parseInt(WIDTHS[i]!, 36);
    const mask = new Uint8Array(width * LINE_HEIGHT);
    for (let p = 0; p < mask.length; p++, at++) mask[p] = 17 * (at % 2 ? packed[at >> 1]! & 15 : packed[at >> 1]! >> 4);
    loaded.set(character, { width, mask });
  });
  return loaded;
}

/** A character that the font lacks shows as a question mark. */
function glyphOf(character: string): Glyph {
  glyphs ??= load();
  return glyphs.get(character) ?? glyphs.get("?")!;
}

/** Width of a line of text in pixels. */
export function lineWidth(text: string): number {
  return [...text.normalize("NFC")].reduce((sum, character) => sum + glyphOf(character).width, 0);
}

/** Draws a line of text, its upper left corner at (x, y), by calling `dot` with every pixel and its opacity (1–255). */
export function drawLine(
  text: string,
  x: number,
  y: number,
  dot: (x: number, y: number, opacity: number) => void,
): void {
  let left = x;
  for (const character of text.normalize("NFC")) {
    const { width, mask } = glyphOf(character);
    mask.forEach((opacity, i) => {
      if (opacity > 0) dot(left + (i % width), y + Math.floor(i / width), opacity);
    });
    left += width;
  }
}
