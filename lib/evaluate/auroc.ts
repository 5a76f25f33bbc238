/**
 * Area under the ROC curve: the chance that a random odd case scores higher than a random normal one, ties counted half
 * (Mann and Whitney's U over the number of pairs). 0.5 is guessing, 1 separates them, 0 separates them the wrong way round.
 * @param normal scores of normal cases
 * @param odd scores of what should be found, meant to be higher
 * @throws RangeError when one list is empty or holds NaN
 */
export function auroc(normal: ArrayLike<number>, odd: ArrayLike<number>): number {
  const all = [
    ...Array.from(normal, (score) => ({ score, found: 0 })),
    ...Array.from(odd, (score) => ({ score, found: 1 })),
  ];
  if (normal.length === 0 || odd.length === 0) throw new RangeError("auroc: an empty list: give scores of both kinds");
  if (all.some(({ score }) => Number.isNaN(score))) throw new RangeError("auroc: a score is NaN: it has no rank");
  all.sort((a, b) => a.score - b.score);
  let [rankSum, from] = [0, 0];
  while (from < all.length) {
    let to = from;
    while (to < all.length && all[to]!.score === all[from]!.score) to++;
    const rank = (from + 1 + to) / 2; // ties share their mean rank
    for (let i = from; i < to; i++) rankSum += rank * all[i]!.found;
    from = to;
  }
  return (rankSum - (odd.length * (odd.length + 1)) / 2) / (normal.length * odd.length);
}
