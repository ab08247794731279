/** Tests of the page's side of the engine, with fake workers that reply when the test says so. */

import assert from "node:assert/strict";
import { test } from "node:test";

/** The workers: the messages that each received, and a function with which it replies. @type {{received: any[], reply: (data: object) => void}[]} */
const workers = [];

Object.assign(globalThis, {
  WORKER: "worker.js",
  document: { baseURI: "http://localhost/" },
  window: globalThis,
  Worker: class {
    constructor() {
      const received = /** @type {any[]} */ ([]);
      const listeners = /** @type {((event: {data: object}) => void)[]} */ ([]);
      Object.assign(this, {
        postMessage: (/** @type {object} */ message) => received.push(message),
        addEventListener: (/** @type {string} */ type, /** @type {any} */ listener) => type === "message" && listeners.push(listener),
      });
      workers.push({ received, reply: (data) => listeners.forEach((listener) => listener({ data })) });
    }
  },
});
const { createEngine } = await import("../../src/engine/client.js");

test("results of a cancelled question are dropped", async () => {
  const engine = createEngine();
  const results = /** @type {string[]} */ ([]);
  const question = /** @type {any} */ ({ request: {}, names: [], utcOffsetMinutes: 0 });
  const ask = async (/** @type {string} */ name) => {
    engine.sensitivity(question, (part) => results.push(`${name}: ${part}`), () => results.push(`${name}: done`));
    await new Promise((resolve) => setTimeout(resolve, 250)); // the analyses start after a moment
    const analyst = workers[1] ?? assert.fail("no worker was started");
    return { reply: analyst.reply, id: analyst.received.findLast((message) => message.method === "sensitivity").id };
  };
  const first = await ask("first");
  first.reply({ id: first.id, part: 1 });
  engine.cancelSensitivity();
  first.reply({ id: first.id, part: 2 });
  const second = await ask("second");
  first.reply({ id: first.id, part: 3 });
  first.reply({ id: first.id, done: false });
  second.reply({ id: second.id, part: 4 });
  second.reply({ id: second.id, done: true });
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(results, ["first: 1", "second: 4", "second: done"]);
});
