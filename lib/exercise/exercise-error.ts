/** A wrong answer to an exercise. The message is the diagnosis: wanted, got, what probably happened. */
export class ExerciseError extends Error {
  override readonly name = "ExerciseError";

  constructor(
    /** The exercise, as in `check.<exercise>(answer)`. */
    readonly exercise: string,
    diagnosis: string,
  ) {
    super(`${exercise}: ${diagnosis}`);
  }
}
