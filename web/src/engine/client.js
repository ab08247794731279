/** The page's side of the engine: calls to two workers, where a newer question replaces an older one and ends its slow analyses. */

import { SECOND } from "./messages.js";

/**
 * @typedef {import("./worker.js").Source} Source
 * @typedef {{draft: import("../state/parse.js").Draft, names: string[], points: number}} Question
 */

/** An error of the engine; `field` is the engine's name of the wrong field. */
export class EngineError extends Error {
  /** @param {string} message @param {string} [field] */
  constructor(message, field) {
    super(message);
    this.field = field;
  }
}

/** Time without a change of the form before the slow analyses start, in milliseconds. */
const IDLE_MILLISECONDS = 180;

/** Time from which on a reader notices a delay, in milliseconds. */
const NOTICEABLE_MILLISECONDS = 40;

/** Creates the engine: starts a worker that plans, and a second one when it is needed. */
export function createEngine() {
  const planner = createChannel(globalThis.engineWorker ??= startWorker());
  /** A second worker, so that a slow analysis never delays a plan. @type {ReturnType<typeof createChannel> | null} */
  let analyst = null;
  const sources = /** @type {Map<string, Source>} */ (new Map());
  const planFast = latestOnly((question) => planner.call("plan", question));
  const planSlow = latestOnly((question) => startedAnalyst().call("plan", question));
  let latestPlan = 0;
  /** Time that the last plan of all regions took, in milliseconds: the next one takes about as long. */
  let lastMilliseconds = 0;
  let idleTimer = 0;
  /** Number of the latest analysis. Results of earlier ones are dropped. */
  let latestAnalysis = 0;

  function startedAnalyst() {
    if (!analyst) {
      const second = createChannel(startWorker(SECOND));
      analyst = second;
      planner.call("module").then((module) => second.post("receive", { module }), () => {}); // the error of the first is shown
      for (const source of sources.values()) analyst.call("open", { source }).catch(() => {});
    }
    return analyst;
  }

  return {
    /** Waits for the engine, and gets its tables and limits. @returns {Promise<import("../state/parse.js").EngineFacts>} */
    start: () => planner.call("start"),

    /** @param {Source} source @param {(part: {read: number}) => void} [onPart] gets the share of a file that is read @returns {Promise<import("../types.js").Series>} */
    async open(source, onPart) {
      const { packed, ...series } = await planner.call("open", { source }, onPart);
      const known = packed ? { ...source, packed } : source; // the second worker does not fetch a recorded year again
      sources.set(source.name, known);
      analyst?.call("open", { source: known }).catch(() => {});
      return series;
    },

    /** @param {string} name */
    close(name) {
      sources.delete(name);
      analyst?.call("close", { name });
      return planner.call("close", { name });
    },

    /**
     * Plans a job. Where planning in all regions is slow, the home region is answered first and the others follow.
     * @param {Question} question
     * @param {(planned: import("./plan.js").PlanAnswer) => void} onHomeRegion gets the answer for the home region alone
     * @returns {Promise<import("./plan.js").PlanAnswer | null>} null where a later question replaced this one
     */
    async plan(question, onHomeRegion) {
      latestPlan += 1;
      const mine = latestPlan;
      const began = performance.now();
      const { draft, names } = question;
      const slow = names.length > 1 && (lastMilliseconds > NOTICEABLE_MILLISECONDS || needsExactSearch(draft));
      if (slow) {
        const home = draft.request.home_region ?? names[0] ?? "";
        const first = await planFast({ ...question, names: [home] });
        if (!first || mine !== latestPlan) return null;
        onHomeRegion({ ...first, excluded: null });
      }
      const planned = await (slow ? planSlow : planFast)(question);
      if (planned) lastMilliseconds = performance.now() - began;
      return mine === latestPlan ? planned : null;
    },

    /**
     * Starts the slow analyses once the form has not changed for a moment, and ends the earlier ones.
     * @param {{request: import("../types.js").Request, names: string[], utcOffsetMinutes: number}} question
     * @param {(result: any) => void} onResult
     * @param {() => void} onDone
     */
    sensitivity(question, onResult, onDone) {
      this.cancelSensitivity();
      const mine = latestAnalysis;
      idleTimer = window.setTimeout(() => {
        startedAnalyst()
          .call("sensitivity", question, (result) => mine === latestAnalysis && onResult(result))
          .then((finished) => finished && onDone(), onDone);
      }, IDLE_MILLISECONDS);
    },

    /** What is usual at the time of the year, computed beside the plans. @param {import("../state/parse.js").Draft} draft @param {string} name @returns {Promise<import("./pkg/gpu_carbon_wasm.js").Seasonal | null>} */
    seasonal: (draft, name) => startedAnalyst().call("seasonal", { draft, name }),

    /** Ends the slow analyses. */
    cancelSensitivity() {
      latestAnalysis += 1;
      window.clearTimeout(idleTimer);
      analyst?.post("cancelSensitivity");
    },

    /** Calls any other method of the worker. @param {string} method @param {object} parameters @returns {Promise<any>} */
    call: (method, parameters) => planner.call(method, parameters),
  };
}

/** True where only the slower, exact search can plan the job. @param {import("../state/parse.js").Draft} draft */
function needsExactSearch({ request: { job, pause_costs } }) {
  const { most_pauses, ...costs } = pause_costs;
  return Boolean(job.profile) || most_pauses !== null || Object.values(costs).some((cost) => typeof cost === "number" && cost > 0);
}

/**
 * Sends one question at a time. Of those that arrive meanwhile only the last is sent; the others resolve to null.
 * @param {(question: Question) => Promise<import("./plan.js").PlanAnswer>} send
 * @returns {(question: Question) => Promise<import("./plan.js").PlanAnswer | null>}
 */
function latestOnly(send) {
  /** @type {{question: Question, resolve: (planned: import("./plan.js").PlanAnswer | null) => void, reject: (error: Error) => void} | null} */
  let next = null;
  let sending = false;

  async function sendAll() {
    if (sending) return;
    sending = true;
    while (next) {
      const { question, resolve, reject } = next;
      next = null;
      await send(question).then(resolve, reject);
    }
    sending = false;
  }

  return (question) => {
    next?.resolve(null);
    return new Promise((resolve, reject) => {
      next = { question, resolve, reject };
      void sendAll();
    });
  };
}

/** Starts a worker. @param {string} [name] */
function startWorker(name) {
  return new Worker(new URL(WORKER, document.baseURI), { type: "module", name });
}

/** A worker, and the pending calls to it. @param {Worker} worker */
function createChannel(worker) {
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void, onPart?: (value: any) => void}>} */
  const pending = new Map();
  let last = 0;

  worker.addEventListener("message", ({ data: { id, done, failed, part } }) => {
    const call = pending.get(id);
    if (part !== undefined) return call?.onPart?.(part);
    pending.delete(id);
    if (failed) call?.reject(new EngineError(failed.message, failed.field));
    else call?.resolve(done);
  });
  worker.addEventListener("error", () => {
    const error = new EngineError("the engine could not be loaded: reload the page");
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  });

  return {
    /** @param {string} method @param {object} [parameters] @param {(value: any) => void} [onPart] @returns {Promise<any>} */
    call(method, parameters = {}, onPart) {
      last += 1;
      return new Promise((resolve, reject) => {
        pending.set(last, { resolve, reject, onPart });
        worker.postMessage({ ...parameters, id: last, method });
      });
    },
    /** Sends a message that has no reply. @param {string} method @param {object} [parameters] */
    post(method, parameters = {}) {
      last += 1;
      worker.postMessage({ ...parameters, id: last, method });
    },
  };
}
