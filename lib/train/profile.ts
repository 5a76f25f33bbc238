/** The three profiles: quick proves that every cell runs, standard makes the committed outputs, long is the paper. */
export type ProfileName = "quick" | "standard" | "long";

const NAMES: readonly string[] = ["quick", "standard", "long"];

/** The profile in force: the environment variable GENLAB_PROFILE, "standard" without it. @throws Error on another name */
export function profileName(): ProfileName {
  const name = process.env.GENLAB_PROFILE || "standard";
  if (!NAMES.includes(name)) {
    throw new Error(`profile: wanted GENLAB_PROFILE to be quick, standard or long, got ${JSON.stringify(name)}`);
  }
  return name as ProfileName;
}

/** The value for the profile in force: `const steps = profile({ quick: 60, standard: 4000, long: 90000 })`. */
export function profile<T>(values: { quick: T; standard: T; long: T }): T {
  const name = profileName();
  if (!(name in values)) throw new Error(`profile: no value for "${name}": give quick, standard and long`);
  return values[name];
}
