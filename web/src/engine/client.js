/** The engine for the page: promises, of which the latest question wins, and long work that a newer one ends. */

/**
 * @typedef {import("./worker.js").Source} Source
 * @typedef {{draft: import("../state/parse.js").Draft, names: string[], points: number}} Question
 */

/** What the engine refuses: its field is in the engine's words. */
export class EngineError extends Error {
  /** @param {string} message @param {string} [field] */
  constructor(message, field) {
    super(message);
    this.field = field;
  }
}

/** How long the question must rest before the long work begins, in milliseconds. */
const REST = 180;

/** From how many milliseconds on a reader waits. */
const LONG = 40;

export function createEngine() {
  const planner = channel();
  /** A worker of its own, so that a long piece of work never keeps a plan waiting. @type {ReturnType<typeof channel> | null} */
  let explorer = null;
  const sources = /** @type {Map<string, Source>} */ (new Map());
  const planSoon = latestOnly((question) => planner.ask("plan", question));
  const planLong = latestOnly((question) => exploring().ask("plan", question));
  let asked = 0;
  /** How long the last plan in all regions took, in milliseconds: the next one takes about as long. */
  let took = 0;
  let rest = 0;
  /** Counts what was explored and left: what is found for an older question is of no interest. */
  let explored = 0;

  function exploring() {
    if (!explorer) {
      explorer = channel();
      for (const source of sources.values()) explorer.ask("open", { source }).catch(() => {});
    }
    return explorer;
  }

  return {
    /** @returns {Promise<{paperJobs: import("../state/parse.js").PaperJob[]}>} */
    start: () => planner.ask("start"),

    /** @param {Source} source @returns {Promise<import("../types.js").Series>} */
    async open(source) {
      const series = await planner.ask("open", { source });
      sources.set(source.name, source);
      explorer?.ask("open", { source }).catch(() => {});
      return series;
    },

    /** @param {string} name */
    close(name) {
      sources.delete(name);
      explorer?.ask("close", { name });
      return planner.ask("close", { name });
    },

    /**
     * Where all regions take long, the home region is answered first, and the others follow.
     * @param {Question} question
     * @param {(answered: import("./plan.js").Answered) => void} early gets the answer for the home region alone
     * @returns {Promise<import("./plan.js").Answered | null>} null where a later question took its place
     */
    async plan(question, early) {
      asked += 1;
      const mine = asked;
      const began = performance.now();
      const { draft, names } = question;
      const long = names.length > 1 && (took > LONG || pausesCost(draft));
      if (long) {
        const home = draft.request.home_region ?? names[0] ?? "";
        const first = await planSoon({ ...question, names: [home] });
        if (!first || mine !== asked) return null;
        early({ ...first, leftOut: null });
      }
      const answered = await (long ? planLong : planSoon)(question);
      if (answered) took = performance.now() - began;
      return mine === asked ? answered : null;
    },

    /**
     * Begins the long work once the question rests; ends what ran before.
     * @param {{request: import("../types.js").Request, names: string[], utcOffsetMinutes: number}} question
     * @param {(part: any) => void} part
     * @param {() => void} done
     */
    explore(question, part, done) {
      this.leave();
      const mine = explored;
      rest = window.setTimeout(() => {
        exploring().ask("explore", question, (found) => mine === explored && part(found)).then((finished) => finished && done(), done);
      }, REST);
    },

    /** Ends the long work. */
    leave() {
      explored += 1;
      window.clearTimeout(rest);
      explorer?.tell("leave");
    },

    /** @param {string} ask @param {object} question @returns {Promise<any>} */
    ask: (ask, question) => planner.ask(ask, question),
  };
}

/** Whether a plan takes the exact search. @param {import("../state/parse.js").Draft} draft */
function pausesCost({ request: { job, pause_costs } }) {
  const { most_pauses, ...costs } = pause_costs;
  return Boolean(job.profile) || most_pauses !== null || Object.values(costs).some((cost) => typeof cost === "number" && cost > 0);
}

/**
 * Asks one question at a time; of those that come meanwhile only the last is asked, and the others get null.
 * @param {(question: Question) => Promise<import("./plan.js").Answered>} ask
 * @returns {(question: Question) => Promise<import("./plan.js").Answered | null>}
 */
function latestOnly(ask) {
  /** @type {{question: Question, resolve: (answered: import("./plan.js").Answered | null) => void, reject: (error: Error) => void} | null} */
  let next = null;
  let asking = false;

  async function pump() {
    if (asking) return;
    asking = true;
    while (next) {
      const { question, resolve, reject } = next;
      next = null;
      await ask(question).then(resolve, reject);
    }
    asking = false;
  }

  return (question) => {
    next?.resolve(null);
    return new Promise((resolve, reject) => {
      next = { question, resolve, reject };
      void pump();
    });
  };
}

/** A worker, and who waits for what it says. */
function channel() {
  const worker = new Worker(new URL(WORKER, document.baseURI), { type: "module" });
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void, part?: (value: any) => void}>} */
  const waiting = new Map();
  let last = 0;

  worker.addEventListener("message", ({ data: { id, done, failed, part } }) => {
    const waiter = waiting.get(id);
    if (part !== undefined) return waiter?.part?.(part);
    waiting.delete(id);
    if (failed) waiter?.reject(new EngineError(failed.message, failed.field));
    else waiter?.resolve(done);
  });
  worker.addEventListener("error", () => {
    const broken = new EngineError("the engine could not be loaded: reload the page");
    for (const { reject } of waiting.values()) reject(broken);
    waiting.clear();
  });

  return {
    /** @param {string} ask @param {object} [question] @param {(value: any) => void} [part] @returns {Promise<any>} */
    ask(ask, question = {}, part) {
      last += 1;
      return new Promise((resolve, reject) => {
        waiting.set(last, { resolve, reject, part });
        worker.postMessage({ ...question, id: last, ask });
      });
    },
    /** @param {string} ask */
    tell(ask) {
      last += 1;
      worker.postMessage({ id: last, ask });
    },
  };
}
