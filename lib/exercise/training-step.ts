import { functionExercise } from "./exercise";
import { X, Y, gradient } from "./line-gradient";

/** A model that carries its gradients, as every framework's parameters do. */
export interface GradientStore {
  w: number;
  b: number;
  dw: number;
  db: number;
}
type TrainingStep = (model: GradientStore, backward: () => void, learningRate: number) => void;

/** One step with SGD; `zero` says when the store is cleared, if at all. */
const stepThat =
  (zero: "before" | "between" | "after" | "never", sign = -1, alsoB = true): TrainingStep =>
  (model, backward, learningRate) => {
    const clear = () => Object.assign(model, { dw: 0, db: 0 });
    if (zero === "before") clear();
    backward();
    if (zero === "between") clear();
    model.w += sign * learningRate * model.dw;
    if (alsoB) model.b += sign * learningRate * model.db;
    if (zero === "after") clear();
  };

/** The store is dirty at the start, as after a validation pass that also ran backward. */
function useStep(step: TrainingStep, steps: number, learningRate: number): Record<"w" | "b", number> {
  const model: GradientStore = { w: 1.8, b: 0.5, dw: 7, db: -3 };
  const backward = () => {
    const [dw, db] = gradient(X, Y, model.w, model.b);
    model.dw += dw; // adds, as autograd does
    model.db += db;
  };
  for (let i = 0; i < steps; i++) step(model, backward, learningRate);
  return { w: model.w, b: model.b };
}

export const trainingStep = functionExercise<readonly [number, number], TrainingStep>("trainingStep", {
  call: "trainingStep(model, backward, learningRate)",
  given: [
    [1, 0.01],
    [5, 0.05],
  ],
  run: useStep,
  describe: (steps, rate) => `after ${steps} step${steps > 1 ? "s" : ""} at learning rate ${rate}`,
  wanted: stepThat("before"),
  rtol: 1e-6,
  mistakes: [
    {
      gives: stepThat("after"),
      because:
        "zeroing happens after the step: whatever lay in the store before the first backward pass still moves the weights; zero before backward",
    },
    { gives: stepThat("never"), because: "the gradients are never zeroed, so every step adds all the earlier ones" },
    {
      gives: stepThat("between"),
      because:
        "nothing moved: either you zero between backward and the update, which then sees zeros, or model.w and model.b are never changed",
    },
    { gives: stepThat("before", 1), because: "you add the gradient: that climbs; subtract it" },
    { gives: stepThat("before", -1, false), because: "w moves, b does not" },
    {
      gives: (model, backward, learningRate) => {
        stepThat("after")(model, () => undefined, learningRate);
        backward();
      },
      because: "you update before backward, so each step follows the gradient that lay there before it",
    },
    {
      gives: (model, backward, learningRate) => {
        const twice = () => [backward(), backward()];
        stepThat("before")(model, twice, learningRate);
      },
      because: "backward runs twice, and it adds: the gradients are doubled",
    },
    { gives: (model, backward) => stepThat("before")(model, backward, 1), because: "the learning rate is missing" },
  ],
  praise: "Zero, backward, update: in this order it is safe whoever used the store before you.",
});
