/** The files of the project that tests use, once cargo has built them. */

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The top folder of the project. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * The path of a built file; that of a release build, where there is one.
 * @param {string} name
 * @returns {string | undefined} undefined: it is not built
 */
export function builtFile(name) {
  return ["release", "debug"].map((profile) => join(root, "target", profile, name)).find((path) => existsSync(path));
}

/** The command `gpu-carbon`, whose numbers the page must give. */
export const command = process.env.GPU_CARBON ?? builtFile("gpu-carbon") ?? "gpu-carbon";
