// The package's one door: notebooks import from "genlab" and nowhere else.
export { check } from "./exercise/check";
export { ExerciseError } from "./exercise/exercise-error";
