/** The worker in which the wasm runs. It receives {id, method, ...parameters}, and replies {id, done | failed | part}. */

import init, * as engine from "./pkg/gpu_carbon_wasm.js";
import { packs, wasm } from "./assets.js";
import { NOT_LOADED } from "./messages.js";
import { answerQuestion } from "./plan.js";
import { sensitivity } from "./sensitivity.js";

/**
 * The source of a series: a bundled pack, a file, or the response of a service.
 * @typedef {{kind: "pack", name: string}
 *   | {kind: "file", name: string, signal: import("../types.js").Signal, file: Blob, format: "csv" | "response"}
 *   | {kind: "live", name: string, text: string}} Source
 */

const ready = init({ module_or_path: new URL(wasm, import.meta.url) });

/** The series that are open, by name. @type {Map<string, engine.Region>} */
const regions = new Map();

/** Series that are being opened: plans and analyses wait for them. @type {Set<Promise<unknown>>} */
const opening = new Set();

/** Message of the current analysis: a newer one ends it. */
let currentAnalysis = 0;

/** @type {Record<string, (message: any, part: (value: unknown) => void) => unknown>} */
const METHODS = {
  start: () => {
    const [least = 0, most = 0] = engine.pueRange();
    return { paperJobs: engine.paperJobs(), pue: { least, most, what: engine.pueAllowed() } };
  },
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
    return answerQuestion(engine, regions, message);
  },
  planCsv: ({ request, names }) => engine.planCsv(request, names.flatMap((/** @type {string} */ name) => regions.get(name) ?? [])),
  seriesCsv: ({ name }) => regions.get(name)?.toCsv(),
  averages: ({ energy_kilowatt_hours, power_usage_effectiveness, intensities }) =>
    intensities.map((/** @type {number} */ intensity) => engine.emissions(energy_kilowatt_hours, power_usage_effectiveness, intensity)),
  sensitivity: async (message, part) => {
    await Promise.all(opening);
    return sensitivity(engine, regions, message, part, () => currentAnalysis === message.id);
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
  const { id, method } = data;
  if (method === "sensitivity" || method === "cancelSensitivity") currentAnalysis = id;
  if (method === "cancelSensitivity") return;
  try {
    await ready;
    const done = await METHODS[method]?.(data, (part) => postMessage({ id, part }));
    postMessage({ id, done });
  } catch (error) {
    const { message, field } = /** @type {Error & {field?: string}} */ (error);
    postMessage({ id, failed: { message, field } });
  }
});

/** Opens a series, in place of another one of its name. @param {Source} source @returns {Promise<import("../types.js").Series>} */
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
    fromService: source.kind === "live" || (source.kind === "file" && source.format === "response"),
  };
}

/** Reads a series from its source. @param {Source} source */
async function read(source) {
  const { Region } = engine;
  if (source.kind !== "pack") {
    const { Reading } = await readers();
    const text = source.kind === "file" ? await source.file.text() : source.text;
    const csv = source.kind === "file" && source.format === "csv";
    const reading = csv ? Reading.fromCsv(`${source.name}.csv`, text, source.signal) : Reading.fromResponse(text);
    try {
      return Region.fromReading(source.name, reading);
    } finally {
      reading.free();
    }
  }
  const address = packs[source.name];
  if (!address) throw new Error(`no bundled series has the name ${source.name}`);
  const response = await fetch(new URL(address, import.meta.url));
  if (!response.ok) throw new Error(`the bundled series ${source.name} could not be loaded: HTTP status ${response.status}`);
  const inflated = response.body?.pipeThrough(new DecompressionStream("gzip"));
  return Region.fromPack(source.name, new Uint8Array(await new Response(inflated).arrayBuffer()));
}

/** The wasm that reads files and responses: half of all the code, which a first visit does not need. */
async function readers() {
  try {
    const { load } = await import("./readers.js");
    return await load();
  } catch {
    throw new Error(NOT_LOADED);
  }
}
