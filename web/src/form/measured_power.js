/** What was measured: a profile of power from a file, or the exporter's power of this moment. */

import { count, span, spanParts } from "../answer/format.js";

/** @typedef {import("../state/parse.js").Profile} Profile */

/**
 * @param {ReturnType<typeof import("../engine/client.js").createEngine>} engine
 * @param {(field: string | null, value: string) => void} changed a field to set beside, where there is one
 */
export function createMeasured(engine, changed) {
  /** @type {Profile | null} */
  let profile = null;
  /** What has been here, by checksum: the way back to an address finds it again. @type {Map<string, Profile>} */
  const kept = new Map();
  /** What was wrong with the last file. */
  let trouble = "";
  /** What a link named. @type {{name: string, checksum: string} | null} */
  let expected = null;
  const hint = document.querySelector("[data-of=profile]")?.textContent ?? "";

  document.querySelector("[data-do=exporter]")?.addEventListener("click", () => {
    fromExporter().then((text) => measured.readMetrics(text, "the exporter"), (error) => say("power", error.message));
  });

  const measured = {
    profile: () => profile,
    trouble: () => trouble,

    /** Says beside the field what is wrong with a file; null: nothing. The profile before it stays. @param {Error | null} error */
    complain(error) {
      const message = error?.message ?? "";
      if (message === trouble) return;
      trouble = message;
      changed(null, "");
    },

    /** What a link must say of it. */
    named: () => (profile ? { name: profile.name, checksum: profile.checksum } : expected),

    /** @param {{name: string, checksum: string} | null} named */
    expect(named) {
      profile = kept.get(named?.checksum ?? "") ?? null;
      expected = named;
      say("profile", profile ? `${profile.name}: ${powers(profile.profile)}.` : hint);
      if (named && !profile) say("profile", `The link was made with ${named.name} (checksum ${named.checksum}): choose it to see the same numbers.`);
    },

    /** @param {string} name @param {string} text @param {"profile" | "prometheus"} kind */
    async readProfile(name, text, kind) {
      const read = await engine.ask(kind === "profile" ? "profileFromCsv" : "profileFromPrometheus", { text });
      profile = { name, profile: read.profile, duration_seconds: read.duration_seconds, checksum: read.checksum };
      kept.set(profile.checksum, profile);
      const differs = expected && expected.checksum !== read.checksum;
      const said = [`${name}: ${powers(read.profile)}`];
      if (read.series) said.push(`the sum of ${read.series} GPUs`);
      if (differs) said.push(`not the file of the link, whose checksum is ${expected?.checksum}: the numbers will differ`);
      if (!read.duration_seconds) said.push(`${read.profile.length > 1 ? "the last " : ""}from ${span(read.profile.at(-1)[0])} to the end of the duration`);
      say("profile", `${said.join(", ")}.`);
      choose("profile");
      changed(read.duration_seconds ? "duration" : null, spanParts(read.duration_seconds ?? 0).flat().join(""));
    },

    /** @param {string} text @param {string} from */
    async readMetrics(text, from) {
      const { power_watts, gpus } = await engine.ask("powerFromMetrics", { text });
      const at = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
      say("power", `${gpus} ${gpus === 1 ? "GPU" : "GPUs"} of ${from}, read at ${at}.`);
      choose("power");
      changed("power", String(power_watts));
    },
  };
  return measured;
}

/** @param {[number, number][]} profile */
function powers(profile) {
  return count(profile.length, "power");
}

/** The exporter's metrics, as the server of this page passes them on. */
async function fromExporter() {
  const address = new URL("exporter/metrics", document.baseURI);
  const response = await fetch(address, { cache: "no-store" }).catch(() => null);
  if (!response?.ok) {
    throw new Error(`No exporter answers at ${address.pathname}${response ? ` (${response.status})` : ""}: cargo xtask demo serves one there; else drop a page of its /metrics here.`);
  }
  return response.text();
}

/** @param {string} work */
function choose(work) {
  const radio = /** @type {HTMLInputElement | null} */ (document.querySelector(`input[name=work][value=${work}]`));
  radio?.click();
}

/** @param {string} field @param {string} text */
function say(field, text) {
  const hint = document.querySelector(`[data-of="${field}"]`);
  if (hint) hint.textContent = text;
}
