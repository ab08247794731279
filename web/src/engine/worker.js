/** The worker in which the wasm runs. It receives {id, method, ...parameters}, and replies {id, done | failed | part}. */

import init, * as engine from "./pkg/gpu_carbon_wasm.js";
import { packs, wasm } from "./assets.js";
import { SECOND, whyNotLoaded } from "./messages.js";
import { answerQuestion, jobOf } from "./plan.js";
import { rankPlaces } from "./rank.js";
import { nextTask, sensitivity } from "./sensitivity.js";

/** The most bytes of a file's text. */
const MOST_BYTES = 256e6;

/**
 * The source of a series: a bundled pack, a file, or the response of a service. A file's signal is that of values whose signal it does
 * not state; of a file with several zones the first of `zones` is taken.
 * @typedef {{kind: "pack", name: string, packed?: ArrayBuffer}
 *   | {kind: "file", name: string, signal: import("../types.js").Signal, file: Blob, format: "csv" | "response", zones?: string[]}
 *   | {kind: "live", name: string, text: string}} Source
 */

/** Receives the compiled wasm from the first worker, where this is the second one. @type {(module: WebAssembly.Module) => void} */
let receive = () => {};

const compiled = self.name === SECOND ? new Promise((/** @type {(module: WebAssembly.Module) => void} */ resolve) => { receive = resolve; }) : compile();
const ready = compiled.then((module) => init({ module_or_path: module }));

/** The series that are open, by name. @type {Map<string, engine.Region>} */
const regions = new Map();

/** Series that are being opened: plans and analyses wait for them. @type {Set<Promise<unknown>>} */
const opening = new Set();

/** Message of the current analysis: a newer one ends it. */
let currentAnalysis = 0;
/** Number of the latest question about what is usual. Earlier ones are dropped. */
let currentSeason = 0;

/** @type {Record<string, (message: any, part: (value: unknown) => void) => unknown>} */
const METHODS = {
  module: () => compiled,
  start: () => {
    const [least = 0, most = 0] = engine.pueRange();
    return { paperJobs: engine.paperJobs(), pue: { least, most, what: engine.pueAllowed() } };
  },
  open: ({ source }, part) => {
    const opened = open(source, part);
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
  seasonal: async ({ id, draft, name }) => {
    await Promise.all(opening);
    await nextTask();
    if (id !== currentSeason) return null; // a newer question has arrived
    const region = regions.get(name);
    return region ? engine.seasonal({ ...draft.request, home_region: null, job: jobOf(engine, draft) }, region) : null;
  },
  planCsv: ({ request, names }) => engine.planCsv(request, names.flatMap((/** @type {string} */ name) => regions.get(name) ?? [])),
  seriesCsv: ({ name }) => regions.get(name)?.toCsv(),
  rank: ({ draft, levels, home, bounds, costs }) => rankPlaces(engine, { draft, levels, home, bounds, costs }),
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
  if (method === "receive") return receive(data.module);
  if (method === "seasonal") currentSeason = id;
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

/** Loads and compiles the wasm: while it arrives, where the server names its type. */
async function compile() {
  const response = await fetch(new URL(wasm, import.meta.url));
  if (!response.ok) throw new Error(`the engine could not be loaded: the server answered ${response.status}`);
  const isNamed = response.headers.get("content-type") === "application/wasm";
  return isNamed ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}

/** Opens a series, in place of another one of its name. @param {Source} source @param {(value: unknown) => void} part @returns {Promise<import("../types.js").Series & {packed?: ArrayBuffer}>} packed: the bytes of a recorded year, for the second worker */
async function open(source, part) {
  const packed = source.kind === "pack" ? source.packed ?? (await fetchPack(source.name)) : undefined;
  const { region, zone, isSignalStated } = await read(source, packed, part);
  regions.get(source.name)?.free();
  regions.set(source.name, region);
  return {
    packed,
    name: region.name,
    kind: source.kind,
    signal: /** @type {import("../types.js").Signal} */ (region.signal),
    scope: /** @type {import("../types.js").Scope | undefined} */ (region.scope),
    source: region.source,
    attribution: region.attribution,
    startMilliseconds: region.startMilliseconds,
    endMilliseconds: region.endMilliseconds,
    stepSeconds: region.stepSeconds,
    checksum: region.checksum,
    gaps: region.gaps,
    quality: region.quality,
    loadedAt: Date.now(),
    zone,
    isSignalStated,
    fromService: source.kind === "live" || zone !== undefined || (source.kind === "file" && source.format === "response"),
  };
}

/**
 * Reads a series from its source.
 * @param {Source} source
 * @param {ArrayBuffer | undefined} packed the bytes of a recorded year
 * @param {(value: unknown) => void} part gets the share of a file that is read
 */
async function read(source, packed, part) {
  const { Region } = engine;
  if (source.kind !== "pack") {
    const { Reading } = await readers();
    const text = source.kind === "file" ? await textOf(source.file, part) : source.text;
    const csv = source.kind === "file" && source.format === "csv";
    const reading = csv ? Reading.fromCsv(`${source.name}.csv`, text, source.signal, source.zones ?? []) : Reading.fromResponse(text);
    try {
      return { region: Region.fromReading(source.name, reading), zone: reading.zone, isSignalStated: reading.isSignalStated };
    } finally {
      reading.free();
    }
  }
  const inflated = new Blob(packed ? [packed] : []).stream().pipeThrough(new DecompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(inflated).arrayBuffer());
  return { region: Region.fromPack(source.name, bytes), zone: undefined, isSignalStated: true };
}

/** The bytes of a recorded year. @param {string} name */
async function fetchPack(name) {
  const address = Object.hasOwn(packs, name) ? packs[name] : undefined;
  if (!address) throw new Error(`no bundled series has the name ${name}`);
  const response = await fetch(new URL(address, import.meta.url)).catch(() => null);
  if (!response?.ok) throw new Error(`${name}: ${await whyNotLoaded()}`);
  return response.arrayBuffer();
}

/**
 * The text of a file: inflated where it is a gzip file, and decoded from UTF-16 where it begins with that byte order mark.
 *
 * @param {Blob} file
 * @param {(value: unknown) => void} part receives the share that is read after each part of it
 */
async function textOf(file, part) {
  const packed = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  const isGzip = packed[0] === 0x1f && packed[1] === 0x8b;
  const stream = isGzip ? file.stream().pipeThrough(new DecompressionStream("gzip")) : file.stream();
  const parts = [];
  let size = 0;
  for (const reader = stream.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > MOST_BYTES) {
      await reader.cancel();
      throw new Error(`the file has more than ${MOST_BYTES / 1e6} MB of text: a series has less`);
    }
    parts.push(value);
    part({ read: Math.min(size / file.size, 1) });
  }
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  const is = (/** @type {number} */ first, /** @type {number} */ second) => bytes[0] === first && bytes[1] === second;
  const encoding = is(0xff, 0xfe) ? "utf-16le" : is(0xfe, 0xff) ? "utf-16be" : "utf-8";
  return new TextDecoder(encoding).decode(bytes);
}

/** The wasm that reads files and responses: half of all the code, which a first visit does not need. */
async function readers() {
  try {
    const { load } = await import("./readers.js");
    return await load();
  } catch {
    throw new Error(await whyNotLoaded());
  }
}
