/** A client of WebKitGTK's WebDriver, for the tests: only what they need. WebKitGTK is not Safari, but has its engine. */

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { arch, tmpdir } from "node:os";
import { join } from "node:path";

const FOLDER = /** @type {Record<string, string>} */ ({ x64: "x86_64", arm64: "aarch64" })[arch()] ?? arch();

/** The browser of the package webkit2gtk-driver's session. */
const BROWSER = process.env.WEBKIT ?? `/usr/lib/${FOLDER}-linux-gnu/webkit2gtk-4.1/MiniBrowser`;

/** Time in which the driver and the browser start, in milliseconds. */
const START_MILLISECONDS = 60_000;

/** The reason why the tests cannot run here; false where they can. */
export const missing = existsSync(BROWSER) ? false : `no WebKit: ${BROWSER} is missing`;

/** A free port on loopback. @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject).listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** Starts a display, the driver and a session. */
export async function openWebKit() {
  const [port, folder] = [await freePort(), mkdtempSync(join(tmpdir(), "webkit-"))];
  // The display takes a free number, and writes it to its file descriptor 3.
  const display = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  const number = await new Promise((resolve, reject) => {
    display.on("error", reject);
    display.stdio[3]?.once("data", (data) => resolve(String(data).trim()));
  });
  const env = { ...process.env, DISPLAY: `:${number}`, HOME: folder, XDG_RUNTIME_DIR: folder, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1" };
  const driver = spawn("dbus-run-session", ["--", "WebKitWebDriver", `--port=${port}`], { env, stdio: "ignore", detached: true });
  const stop = () => {
    if (driver.pid) process.kill(-driver.pid);
    display.kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };

  /** @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
  async function ask(method, path, body) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body), headers: { "content-type": "application/json" } });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${value.error}: ${value.message}`);
    return value;
  }

  async function session() {
    const options = { "webkitgtk:browserOptions": { binary: BROWSER, args: ["--automation"] } };
    for (const until = Date.now() + START_MILLISECONDS; ; ) {
      try {
        return (await ask("POST", "/session", { capabilities: { alwaysMatch: options } })).sessionId;
      } catch (error) {
        if (Date.now() > until) throw error;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  }

  try {
    const path = `/session/${await session()}`;
    await ask("POST", `${path}/timeouts`, { script: 60_000, pageLoad: 60_000 });
    return {
      /** Opens an address. @param {string} url */
      goto: (url) => ask("POST", `${path}/url`, { url }),
      /**
       * Runs a function in the page, and resolves to what it resolves to.
       * @template {unknown[]} A
       * @template R
       * @param {(...values: A) => R} run it sees nothing but its arguments
       * @param {A} values
       * @returns {Promise<Awaited<R>>}
       */
      async evaluate(run, ...values) {
        const script = `const done = arguments[arguments.length - 1]; Promise.resolve().then(() => (${run})(...[...arguments].slice(0, -1))).then((value) => done({ value }), (error) => done({ error: String(error) }));`;
        const { value, error } = await ask("POST", `${path}/execute/async`, { script, args: values });
        if (error) throw new Error(error);
        return value;
      },
      async close() {
        await ask("DELETE", path).catch(() => {});
        stop();
      },
    };
  } catch (error) {
    stop();
    throw error;
  }
}
