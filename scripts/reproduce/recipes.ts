import fs from "node:fs";
import path from "node:path";
import type { Recipe } from "./recipe";

/** The files of recipes/, as built: adding one there adds a recipe. */
export function recipeNames(folder = builtFolder()): string[] {
  const files = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return files
    .filter((file) => file.endsWith(".js"))
    .map((file) => file.slice(0, -3))
    .sort();
}

/** Loads lib, and TensorFlow with it. @throws Error when the file exports no recipe of its own name */
export function loadRecipe(name: string, folder = builtFolder()): Recipe {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- by name, at run time
  const { recipe } = require(path.join(folder, `${name}.js`)) as { recipe?: Recipe };
  if (recipe?.name !== name) throw new Error(`recipes/${name}.ts exports no recipe named ${name}`);
  return recipe;
}

/** Tests run this file as a source; recipes are always loaded from the build. */
function builtFolder(): string {
  const here = path.join(__dirname, "recipes");
  return path.basename(path.resolve(__dirname, "../..")) === "build"
    ? here
    : path.resolve(__dirname, "../../build/scripts/reproduce/recipes");
}
