/** The server of dist/ on loopback, for development and tests: `npm run serve`. It compresses files, as a web server would. */

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

const TYPES = /** @type {Record<string, string>} */ ({
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".txt": "text/plain; charset=utf-8",
  ".md": "text/plain; charset=utf-8",
});
const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), "dist");

/**
 * @param {object} [options]
 * @param {string} [options.base] path of the site, which starts and ends with a slash
 * @param {number} [options.port] 0: any free port
 * @param {(path: string) => {status?: number, type?: string, body: string} | undefined} [options.respond] responses to other paths
 * @returns {Promise<{url: string, close: () => Promise<void>}>}
 */
export async function serve({ base = "/", port = 0, respond } = {}) {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const other = respond?.(path);
    if (other) {
      response.writeHead(other.status ?? 200, { "content-type": other.type ?? "application/json" }).end(other.body);
      return;
    }
    const file = normalize(path.endsWith("/") ? `${path}index.html` : path);
    try {
      if (!file.startsWith(base)) throw new Error("outside");
      const body = await readFile(join(dist, file.slice(base.length)));
      const type = TYPES[extname(file)] ?? "application/octet-stream";
      const headers = { "content-type": type, "content-encoding": "gzip", "cache-control": caching(file) };
      response.writeHead(200, headers).end(gzipSync(body));
    } catch {
      response.writeHead(404, { "content-type": "text/plain" }).end("not found");
    }
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(undefined)));
  const address = server.address();
  const at = typeof address === "object" && address ? address.port : port;
  return {
    url: `http://127.0.0.1:${at}${base}`,
    close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(() => resolve(undefined)); }),
  };
}

/** The cache-control header: files named by their content never change. @param {string} file */
function caching(file) {
  return /-[A-Z0-9]{8}\.\w+$/.test(file) ? "public, max-age=31536000, immutable" : "no-cache";
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { url } = await serve({ port: Number(process.env.PORT ?? 8080) });
  console.log(url);
}
