export { writeFileAtomically } from "./atomic";
export { dropVolatile } from "./volatile";
export { NotebookError } from "./error";
export { copyJson } from "./number";
export { setParameters, parameterNames } from "./parameters";
export { parseNotebook, readNotebook } from "./read";
export type { Notebook } from "./read";
export { formatNotebook, writeNotebook } from "./write";
