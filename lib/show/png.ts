import { PNG } from "pngjs";

/** Pixels, row by row from the top. */
export interface Raster {
  width: number;
  height: number;
  /** 1 grey, 2 grey and opacity, 4 red, green, blue and opacity; a byte each. */
  channels: 1 | 2 | 4;
  data: Uint8Array;
}

const COLOR_TYPE = { 1: 0, 2: 4, 4: 6 } as const;

/** The raster as a PNG file: compression is fixed, so that equal pixels give equal bytes. */
export function encodePng({ width, height, channels, data }: Raster): Buffer {
  if (data.length !== width * height * channels) {
    throw new Error(
      `encodePng: ${width} × ${height} pixels need ${width * height * channels} bytes, got ${data.length}`,
    );
  }
  const colorType = COLOR_TYPE[channels];
  const png = new PNG({ width, height });
  png.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return PNG.sync.write(png, {
    colorType,
    inputColorType: colorType,
    inputHasAlpha: channels !== 1,
    deflateLevel: 9,
    deflateStrategy: 0,
    filterType: 0,
  });
}
