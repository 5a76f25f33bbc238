import { PROTOCOL_VERSION } from "../jupyter/wire";
import type { Json } from "../jupyter/wire";

/** The version of TypeScript that checks cells: that of tslab 1.0.22. */
const LANGUAGE_VERSION = "5.0.4";

/** The content of kernel_info_reply. */
export function kernelInfo(): Json {
  return {
    status: "ok",
    protocol_version: PROTOCOL_VERSION,
    implementation: "genlab",
    implementation_version: "0.1.0",
    language_info: {
      name: "typescript",
      version: LANGUAGE_VERSION,
      mimetype: "text/typescript",
      file_extension: ".ts",
      // JupyterLab takes the mode, the classic notebook the other two.
      codemirror_mode: { mode: "typescript", name: "javascript", typescript: true },
      pygments_lexer: "typescript",
      nbconvert_exporter: "script",
    },
    banner: `TypeScript ${LANGUAGE_VERSION} on Node.js ${process.version} (Genlab)`,
    help_links: [{ text: "TypeScript", url: "https://www.typescriptlang.org/docs/" }],
    supported_features: [],
    debugger: false,
  };
}
