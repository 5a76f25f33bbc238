// Letters for PNG pictures, which have none of their own: DejaVu Sans at 12 pixels, drawn once by a browser. A glyph is
// 16 rows with the baseline below row 11, sixteen steps of opacity, four bits each, row by row; glyphs follow each other.
import { inflateRawSync } from "node:zlib";

/** Rows of a glyph. */
export const LINE_HEIGHT = 16;

const CHARACTERS =
  " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~·×→…–−±≤≥∞σελμα²½°₀₁₂ₜ";
const WIDTHS =
  "456a8b93556a4444888888888844aaa6c888987994487a997988798c878545a66787874883373c878856587a776848a4aac6aaaaa867885c65554";
const MASKS = [
  "tVl9dBTVFf/N7szuzO6+yVCKQmGXaW3RYyDZaqtHSrIj9XCO9hDmHFt7rBAeHsGKBFY9p63UyIp/VBuMo6fniK3UBW0LKnaD+IHYMNEoH8Zk",
  "DbAJHyELIaFJIGhYDUJg2rcJkIT9Cqe9s/e+N2/ee/fOvffdN+8ukBvMAf/FAAnAFgcPWwhzUnUk0+nAzzlFwyjgoyKAiy8GePMFOC3LOgXP",
  "T6MotCwrhMVuHXiBKECtN8s8kpJEe0O34nn024p8iwKpZyUwt9oPaYIhSfkh96HjyoV+aeGZKizGjPEhr+oI3yMFMUN80gQqq2ofXAk8UHSd",
  "Ae+4yM/gokVXG7yJ8k25vKTYWgN7gldQrADcQQV473VldWDM1kk//5I7GPUZwhlMP7h5X5rhu4l/t1NN8eAp+FRnGNshazgKouFdOMMoULF6",
  "WDePHw+COwJ3EH+GGMaLcAe5NixhIy6DRfjdoj8ILXp+3ab7Fs3CL0ZjzPsZeXqQeCzLMi/dDiW5gSvsDpI0plrRn328Q3cbI5oKsBzvcIcF",
  "UwoRfxGW4208cfnAN2OQPpzvl3WXUag4zQAcUVZO1lxhKVzgR2VtRr7OhjCEO8KAlBolyzIyjZ9Q/zEmzHzWDxAKFPjB7QQmRcDVKfDUAAG2",
  "NDItBWsHHLfO1oGiIF4+r4L7NWsNMo2OV+bQSdYnmRVnOwu4twK/qgDXWAExVIFpqMAKy/oCqMAApge3dZ652gAeqoVj5l9VwB1iOM4/X8vK",
  "v+y8JrSP83soMPnNTqXwo9nGZOo0Zeo0xRpvCOWdSqbheUn9+jSgHMAOwNYLiOaAOksU4LXM7PnqZpC3SqmsuQzplXmUbz0D3yvzQgHFafro",
  "RMNe3a9mHr8X3ueXqgHFHQoo7ogvFDD5hgNhwBPkbc8orvMfZhgtUFd4ZG34qhBo9vVxAVTA9lgEV1W/CrF7AQYIrq5/lcn5ZgQAp+PKYHB9",
  "D6uNCmzJl9jOdHl7UqyrqkMD5PYTD8F1RgMEJdskEw6tve6aJmZmqRFlCtYD9wELgfeyjeQ3dj8BlD8y9hlFqAHEsEet3B+KThU+zA9tmu4M",
  "iaGaqULNxNUGUSu7miHWJEe9ofGbAcfG/RnU5jkMFHYAq/4CNAVU/ksSckXEqM+yTi1VsGULsDSTYMTqVgn9iUko/wWhokms8xqh444Qig5C",
  "+QTJsv4xt2ezo+97d8tBIKAApRgoSRBw9Kl3Y+7J7ZlV03p+u0LolP2IwX6KUJBgDNgxWOEThE45kOyTeRZiWRG25C6iZRkj7qOZhLASrFds",
  "oHOrFR1yF8vMWag/HhT6vnuH2jT46kIcDV/PUUAWHANijj61mAr1557I5iIxOBjXskuVVssa0cIqaTVAR17Znsv6sqTQw3sJHYTO18midpBt",
  "Okg/QMojIPceAKHTIoTa9md8CQzX3DCtnslswl54EqQZ0xKkHE8lyBKtMUHu/5OZIAs6gwlCtykJQr+PpKES2Vf8IdVhkk4sQXOvwySLjSWI",
  "BaaYhL62BDHbaZNQ6ThiKMwaSxytXYrj67F13DFwHQEFrr/FgQpWWctaHB1j6yC0dmX2z9ZzzxE6z4hhFaGTwq1WY+7+lZL/KlapOgbumKNj",
  "bL0itPb7AUcb607TrI99CpMgucbpxDCx+lVCSzRCnSahXDuhWJVJCnv1fs33yrU6c3Df2wpsa876gRmR/zKM3/LDueH8hn1Kxl3SgqwD7Uhd",
  "ZICjEE1Zw6oRFR0VaIIrLNbY2zHR+iaLFVkcXAps8elcwhV2RvnDnhBiATUZN1n8ZHE0K1SARBArQUHc1punLa51RD2hf6x2hcXI7ntIUDgS",
  "9xX6udMRUgnUB6Uu4GXN0ZfT/uSjXIdwxBXB66UqCpg8vcDSXbC1F+jusPPzUgU7M2wCBkoLNG+wXDKx6whsp3PW7zKLqU44BRRTcPsANzuB",
  "qBASQEEQeNayzqY26TfoRZ6agowwxW6sxj3wKW7qDNujydu5GH/JMc9CjKDickJS8v0tO+GcMICyG5ogNGIaxf8RWlpaBj+z/RBMdga6Mnjs",
  "uCbOrFSAPc4G6852dW8R5ugbd+5N3Vv2D8E1XZD3FIVk6ojKGh9PllWTQvLjnUp2vtefDHve4vnDQBnACk+IR/7JcNqveeMC2uvfN7zPrzBK",
  "4DbKICVLLw0Y9s8+NbLzzT8R9KybfedhLJ9vWbVxxtemfafn4xRxpUFa6w5us9zBS1fGOMTkWrk0Kc+Si3IVG/aGXeybn/JKiSJaten1Wd4J",
  "uXY2lXXJkP1ieCimCpvaSmAP0QZ/6drlmb1nhrFrGyz4dvnHR/HvNsj7gaPNkG9oRputKQWfPUN/ufiUXH5sRrciv1X68YygrLsN9g7uoDNy",
  "OR2Np8ov7YNcMylX/Vxmd927btlth7GhDOKrcWzwBou1qSf0HPlWTQzJunDJz5nfP96pDLVfer/YlcJfk35hDPXrywZ2fiZXoZ3N3TZAMiRW",
  "2ku0a0p0SK2bwO+8kdsy26pJvWPJmtvqS+ZJksRDsSzLNpCnSsZQlFWX4aElhv2DHNabGMGLhYqsfSLEnZENKPT58X4UjtO5Gv33OICjxbZD",
  "9rg8642bI66nH1gecv7rBxs1+wmuB+jCp7nNY2+ztTs+3wlXi4JlQfg2Kq7Ia44jXCxH+d8Vog5zPXyFKt4wIfQBhQpLYkzelHrr6gfXBLeB",
  "VWwnKPbjWas/zceLH9JaXEwUeHWIbHcp8l9qY8hyJvaTw7xMNFJf/BCfFlkurVgDs3MSWSqIzcN4Xmjz6Mk0gXh2VBsHX7/Zbrgefvyczo1u",
  "x0mRj0oNGnjYO1DqR8nCowDfowP2Hg0oWNgGLoZ5KqeDV65o25vKjtvORpZfZeFRbLzQ9r8HB2WXK8yu0Y4ta4ldMd8xY8YoUk9PT/SKZ7g/",
  "YwrzCjMe3N0mrq3eoYrn7gX4Nd0PA5iyMTmL32VZVnxUs0nvqgC3+PiT7Li7LYqr1nRRsfuRC1mVUc83IOJLt21RpIUHbzJcWI2wdF/dTQb3",
  "wcyto3M1vsH6iqwsfagEklEGMVyiuAyybplmq9+b1WUavs5b8C2PDqcVLL4VxRonnkx1QnW3A2IULJRzncCKODyVGv/lBmwQ4pP98i8jeDG7",
  "nCPje57fZeStK34u75/NX+Wp7PkApg2tdWvjXvpSuATzaRkKlRLMV3z6No3/7J10LyrUBeGDK+QKOo/XZA3dGgsF0+NwGkAUXoXRvwOI8rXr",
  "1fHvTf2RPQI8CtGA7XPMVuDS7buB6yGuD2XfF1r87htN9zUR+0H/qKz7VPAu583awrtE/28yfRXaqgETHsDkqjP9R8JvpfBCohJ1dFel6zQL",
  "f6SzMAv5F08W/wE=",
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
