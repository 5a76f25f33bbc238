/**
 * A picture sheared sideways: each row moves right by slope times its height above the picture's middle row, between two
 * pixels in parts. Strokes keep their horizontal width. What leaves the picture is lost, background comes in.
 * @param pixels size² numbers, row by row
 * @param slope pixels sideways for each row up; 0.2 leans right by 11 degrees
 * @param background its number: −1, or 0
 * @throws Error when there are not size² numbers
 */
export function sheared(pixels: ArrayLike<number>, slope: number, background: number, size = 28): Float32Array {
  if (pixels.length !== size * size) {
    throw new Error(`sheared: wanted ${size * size} pixels, got ${pixels.length}: one picture of ${size} × ${size}`);
  }
  const moved = new Float32Array(size * size);
  const at = (y: number, x: number): number => (x < 0 || x >= size ? background : pixels[y * size + x]!);
  for (let y = 0; y < size; y++) {
    const shift = slope * ((size - 1) / 2 - y);
    for (let x = 0; x < size; x++) {
      const from = x - shift;
      const left = Math.floor(from);
      const part = from - left;
      moved[y * size + x] = (1 - part) * at(y, left) + part * at(y, left + 1);
    }
  }
  return moved;
}
