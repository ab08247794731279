/**
 * Measures the time from the request of the page to its first answer, and to its whole first screen, in a first visit over a slow
 * connection on a slow CPU: `npm run first-answer`. The server sends 1.6 Mbit/s in all, 150 ms after each request, as a slow mobile
 * network; the page's thread runs four times slower. Chromium cannot slow the threads of workers: the engine runs at full speed.
 */

import { createServer } from "node:http";
import { chromium } from "playwright-core";

import { executablePath, FLAGS } from "../tests/browser.mjs";
import { serve } from "./serve.mjs";

const BYTES_PER_SECOND = 1.6e6 / 8;
const LATENCY_MILLISECONDS = 150;
const SLOWDOWN = 4;
const ROUNDS = 5;

/** One slow line before the server of the page: all responses share its bandwidth, in turn. @param {string} target */
async function slowLine(target) {
  /** @type {(() => boolean)[]} each sends a part, and returns false once it has sent all */
  const open = [];
  const part = 1000;
  let free = performance.now(); // the time at which the line has sent everything so far
  const clock = setInterval(() => {
    if (!open.length) free = Math.max(free, performance.now());
    for (let next; free <= performance.now() && (next = open.shift()); free += (1000 * part) / BYTES_PER_SECOND) {
      if (next()) open.push(next);
    }
  }, 5);
  const server = createServer(async (request, response) => {
    await new Promise((resolve) => setTimeout(resolve, LATENCY_MILLISECONDS));
    const { body, status, headers } = await raw(new URL(request.url ?? "/", target));
    response.writeHead(status, headers);
    let sent = 0;
    open.push(() => {
      response.write(body.subarray(sent, sent + part));
      sent += part;
      if (sent >= body.length) response.end();
      return sent < body.length;
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}/`,
    close: () => { clearInterval(clock); server.closeAllConnections(); server.close(); },
  };
}

/** A response as it is sent, compressed. @param {URL} url @returns {Promise<{status: number, headers: import("node:http").OutgoingHttpHeaders, body: Buffer}>} */
async function raw(url) {
  const { get } = await import("node:http");
  return new Promise((resolve, reject) => {
    get(url, { headers: { "accept-encoding": "gzip" } }, (response) => {
      const parts = /** @type {Buffer[]} */ ([]);
      response.on("data", (data) => parts.push(data)).on("error", reject).on("end", () => {
        const { "transfer-encoding": _, ...headers } = response.headers;
        resolve({ status: response.statusCode ?? 500, headers, body: Buffer.concat(parts) });
      });
    }).on("error", reject);
  });
}

/** Notes when the page answers. */
function watch() {
  const scope = /** @type {any} */ (window);
  scope.times = { answer: 0, whole: 0 };
  new MutationObserver(() => {
    if (!document.body) return;
    if (document.body.dataset.answers && !scope.times.answer) scope.times.answer = performance.now();
    if (document.querySelector("[data-answer=when]") && !scope.times.whole) scope.times.whole = performance.now();
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-answers"] });
}

const server = await serve();
const line = await slowLine(server.url);
const browser = await chromium.launch({ executablePath, args: FLAGS });
try {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, timezoneId: "Europe/Berlin" });
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: SLOWDOWN });
    await page.addInitScript(watch);
    await page.goto(line.url);
    await page.waitForFunction(() => /** @type {any} */ (window).times.whole > 0, null, { timeout: 60_000 });
    const { times, paint, loads } = await page.evaluate(() => ({
      times: /** @type {any} */ (window).times,
      paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN,
      loads: performance.getEntriesByType("resource").map((entry) => /** @type {PerformanceResourceTiming} */ (entry)).map(({ name, startTime, responseEnd, encodedBodySize }) => `${name.replace(/.*\//, "").padEnd(44)} ${startTime.toFixed(0).padStart(6)} to ${responseEnd.toFixed(0).padStart(5)} ms ${(encodedBodySize / 1000).toFixed(1).padStart(6)} kB`),
    }));
    rounds.push({ paint, ...times });
    if (round === ROUNDS - 1) console.log(loads.join("\n"));
    await context.close();
  }
  for (const name of /** @type {const} */ (["paint", "answer", "whole"])) {
    const sorted = rounds.map((round) => round[name]).sort((a, b) => a - b);
    console.log(`${name.padEnd(8)} median ${sorted[Math.floor(ROUNDS / 2)]?.toFixed(0)} ms, from ${sorted[0]?.toFixed(0)} to ${sorted.at(-1)?.toFixed(0)} ms`);
  }
} finally {
  await browser.close();
  line.close();
  await server.close();
}
