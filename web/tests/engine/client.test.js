/** The engine as the page has it, beside workers that answer when the test wants. */

import assert from "node:assert/strict";
import { test } from "node:test";

/** What each worker was asked, and how it is made to answer. @type {{asked: any[], say: (data: object) => void}[]} */
const workers = [];

Object.assign(globalThis, {
  WORKER: "worker.js",
  document: { baseURI: "http://localhost/" },
  window: globalThis,
  Worker: class {
    constructor() {
      const asked = /** @type {any[]} */ ([]);
      const heard = /** @type {((event: {data: object}) => void)[]} */ ([]);
      Object.assign(this, {
        postMessage: (/** @type {object} */ message) => asked.push(message),
        addEventListener: (/** @type {string} */ type, /** @type {any} */ listener) => type === "message" && heard.push(listener),
      });
      workers.push({ asked, say: (data) => heard.forEach((listener) => listener({ data })) });
    }
  },
});
const { createEngine } = await import("../../src/engine/client.js");

test("what is found for a question that was left is not told", async () => {
  const engine = createEngine();
  const told = /** @type {string[]} */ ([]);
  const question = /** @type {any} */ ({ request: {}, names: [], utcOffsetMinutes: 0 });
  const ask = async (/** @type {string} */ name) => {
    engine.explore(question, (part) => told.push(`${name}: ${part}`), () => told.push(`${name}: done`));
    await new Promise((resolve) => setTimeout(resolve, 250)); // a question rests before it is explored
    const explorer = workers[1] ?? assert.fail("nobody was asked");
    return { say: explorer.say, id: explorer.asked.findLast((message) => message.ask === "explore").id };
  };
  const first = await ask("first");
  first.say({ id: first.id, part: 1 });
  engine.leave();
  first.say({ id: first.id, part: 2 });
  const second = await ask("second");
  first.say({ id: first.id, part: 3 });
  first.say({ id: first.id, done: false });
  second.say({ id: second.id, part: 4 });
  second.say({ id: second.id, done: true });
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(told, ["first: 1", "second: 4", "second: done"]);
});
