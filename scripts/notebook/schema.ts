import type { INotebookContent } from "@jupyterlab/nbformat";
import type { ErrorObject, ValidateFunction } from "ajv";
import Ajv from "ajv-draft-04";
import schema from "./nbformat.v4.5.schema.json";

/** The official schema (BSD 3-Clause, see THIRD_PARTY.md), compiled on first use. */
let compiled: Ajv | undefined;

function validator(definition: string): ValidateFunction {
  if (!compiled) {
    // The schema uses "item" and puts properties where keywords belong: strict mode would refuse it.
    compiled = new Ajv({ strict: false, unicodeRegExp: false, allErrors: false });
    compiled.addSchema(schema, "nbformat");
  }
  const found = compiled.getSchema(`nbformat#${definition}`);
  if (!found) throw new Error(`schema: the notebook schema has no ${definition || "root"}`);
  return found;
}

type Json = Record<string, unknown>;

/** What makes the notebook invalid under nbformat 4.5, in one line with cell and place; undefined when it is valid. */
export function schemaProblem(notebook: unknown): string | undefined {
  const whole = validator("");
  if (whole(notebook)) return undefined;
  const own = (whole.errors ?? []).find((error) => !error.instancePath.startsWith("/cells/"));
  const cells = (notebook as Partial<INotebookContent> | null)?.cells;
  if (Array.isArray(cells)) {
    for (const [index, cell] of (cells as unknown[]).entries()) {
      const problem = cellProblem(cell);
      if (problem !== undefined) return `cell ${index + 1}${idOf(cell)}: ${problem}`;
    }
  }
  return own ? describe(own) : "the notebook does not match the schema of nbformat 4.5";
}

function idOf(cell: unknown): string {
  const id = (cell as Json | null)?.id;
  return typeof id === "string" ? ` (${id})` : "";
}

/** oneOf reports every alternative; asking the one that the cell says it is gives the error a person means. */
function cellProblem(cell: unknown): string | undefined {
  if (!isObject(cell)) return "a cell must be an object";
  const type = cell.cell_type;
  if (type !== "code" && type !== "markdown" && type !== "raw") {
    return `cell_type is ${JSON.stringify(type) ?? "missing"}, wanted "code", "markdown" or "raw"`;
  }
  if (type === "code" && Array.isArray(cell.outputs)) {
    for (const [index, output] of (cell.outputs as unknown[]).entries()) {
      const problem = outputProblem(output);
      if (problem !== undefined) return `output ${index + 1}: ${problem}`;
    }
  }
  return firstProblem(`/definitions/${type}_cell`, cell);
}

function outputProblem(output: unknown): string | undefined {
  if (!isObject(output)) return "an output must be an object";
  const type = output.output_type;
  if (type !== "stream" && type !== "display_data" && type !== "execute_result" && type !== "error") {
    return `output_type is ${JSON.stringify(type) ?? "missing"}, wanted "stream", "display_data", "execute_result" or "error"`;
  }
  return firstProblem(`/definitions/${type}`, output);
}

function firstProblem(definition: string, value: unknown): string | undefined {
  const validate = validator(definition);
  if (validate(value)) return undefined;
  const errors = validate.errors ?? [];
  return describe(errors.find((error) => error.keyword !== "oneOf" && error.keyword !== "anyOf") ?? errors[0]);
}

function describe(error: ErrorObject | undefined): string {
  if (!error) return "does not match the schema";
  const place = error.instancePath.slice(1);
  const at = place === "" ? "" : `${place}: `;
  const params = error.params as Json;
  switch (error.keyword) {
    case "required":
      return `${at}"${String(params.missingProperty)}" is missing`;
    case "additionalProperties":
      return `${at}"${String(params.additionalProperty)}" is not a property of the format`;
    case "enum":
      return `${at}must be one of ${JSON.stringify(params.allowedValues)}`;
    default:
      return `${at}${error.message ?? error.keyword}`;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
