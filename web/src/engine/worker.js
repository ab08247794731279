/** All of the wasm runs here, off the main thread. Messages come and go as {id, ask, ...} and {id, done | failed | part}. */

import init, * as engine from "./pkg/gpu_carbon_wasm.js";
import { explore } from "./sensitivity.js";
import { NOT_LOADED } from "./messages.js";
import { packs, wasm } from "./assets.js";
import { answer } from "./plan.js";

/**
 * Where a series comes from.
 * @typedef {{kind: "pack", name: string}
 *   | {kind: "file", name: string, signal: import("../types.js").Signal, file: Blob, form: "csv" | "response"}
 *   | {kind: "live", name: string, text: string}} Source
 */

const ready = init({ module_or_path: new URL(wasm, import.meta.url) });

/** The series that are open, by name. @type {Map<string, engine.Region>} */
const regions = new Map();

/** What is being opened: the long work waits for it. @type {Set<Promise<unknown>>} */
const opening = new Set();

/** Which exploration is wanted: a newer one ends an older one. */
let wanted = 0;

/** @type {Record<string, (message: any, part: (value: unknown) => void) => unknown>} */
const ASKED = {
  start: () => ({ paperJobs: engine.paperJobs() }),
  open: ({ source }) => {
    const opened = open(source);
    const settled = opened.then(() => {}, () => {}).finally(() => opening.delete(settled));
    opening.add(settled);
    return opened;
  },
  close: ({ name }) => {
    regions.get(name)?.free();
    regions.delete(name);
  },
  plan: async (message) => {
    if (!message.names.every((/** @type {string} */ name) => regions.has(name))) await Promise.all(opening);
    return answer(engine, regions, message);
  },
  table: ({ request, names }) => engine.planCsv(request, names.flatMap((/** @type {string} */ name) => regions.get(name) ?? [])),
  csv: ({ name }) => regions.get(name)?.toCsv(),
  averages: ({ energy_kilowatt_hours, power_usage_effectiveness, intensities }) =>
    intensities.map((/** @type {number} */ intensity) => engine.emissions(energy_kilowatt_hours, power_usage_effectiveness, intensity)),
  explore: async (message, part) => {
    await Promise.all(opening);
    return explore(engine, regions, message, part, () => wanted === message.id);
  },
  profileFromCsv: async ({ text }) => {
    const { profileFromCsv, checksum } = await readers();
    return { profile: profileFromCsv(text), duration_seconds: null, checksum: checksum(text) };
  },
  profileFromPrometheus: async ({ text }) => {
    const { profileFromPrometheus, checksum } = await readers();
    return { ...profileFromPrometheus(text), checksum: checksum(text) };
  },
  powerFromMetrics: async ({ text }) => (await readers()).powerFromMetrics(text),
};

addEventListener("message", async ({ data }) => {
  const { id, ask } = data;
  if (ask === "explore" || ask === "leave") wanted = id;
  if (ask === "leave") return;
  try {
    await ready;
    const done = await ASKED[ask]?.(data, (part) => postMessage({ id, part }));
    postMessage({ id, done });
  } catch (error) {
    const { message, field } = /** @type {Error & {field?: string}} */ (error);
    postMessage({ id, failed: { message, field } });
  }
});

/** @param {Source} source @returns {Promise<import("../types.js").Series>} */
async function open(source) {
  const region = await read(source);
  regions.get(source.name)?.free();
  regions.set(source.name, region);
  return {
    name: region.name,
    kind: source.kind,
    signal: /** @type {import("../types.js").Signal} */ (region.signal),
    source: region.source,
    attribution: region.attribution,
    startMilliseconds: region.startMilliseconds,
    endMilliseconds: region.endMilliseconds,
    stepSeconds: region.stepSeconds,
    checksum: region.checksum,
    gaps: region.gaps,
    quality: region.quality,
    answered: source.kind === "live" || (source.kind === "file" && source.form === "response"),
  };
}

/** @param {Source} source */
async function read(source) {
  const { Region } = engine;
  if (source.kind !== "pack") {
    const { Reading } = await readers();
    const text = source.kind === "file" ? await source.file.text() : source.text;
    const csv = source.kind === "file" && source.form === "csv";
    const reading = csv ? Reading.fromCsv(`${source.name}.csv`, text, source.signal) : Reading.fromResponse(text);
    try {
      return Region.fromReading(source.name, reading);
    } finally {
      reading.free();
    }
  }
  const address = packs[source.name];
  if (!address) throw new Error(`no series of this name is shipped: ${source.name}`);
  const response = await fetch(new URL(address, import.meta.url));
  if (!response.ok) throw new Error(`the shipped series ${source.name} could not be loaded: ${response.status}`);
  const inflated = response.body?.pipeThrough(new DecompressionStream("gzip"));
  return Region.fromPack(source.name, new Uint8Array(await new Response(inflated).arrayBuffer()));
}

/** What reads files and answers of services: half of all the code, and a first visit needs none of it. */
async function readers() {
  try {
    const { load } = await import("./readers.js");
    return await load();
  } catch {
    throw new Error(NOT_LOADED);
  }
}
