/** What every ruler of sounds needs: samples that are numbers, and so many a second. @throws RangeError naming what is none */
export function expectSound(who: string, samples: ArrayLike<number>, rate: number): void {
  if (!(rate > 0 && rate < Infinity)) throw new RangeError(`${who}: rate ${rate}, wanted samples a second`);
  const wrong = Array.from(samples).findIndex((x) => !Number.isFinite(x));
  if (wrong >= 0) throw new RangeError(`${who}: sample ${wrong} is ${samples[wrong]}, wanted a number`);
}
