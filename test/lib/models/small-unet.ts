/** A U-Net that runs in milliseconds; each test says how many classes. */
export const SMALL_UNET = {
  size: 8,
  channels: [4, 6, 8] as [number, number, number],
  embedding: 6,
  heads: 2,
  groups: 2,
};
