import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { regionMap } from "../../build/region_map.mjs";
import { pullCommand } from "../../src/first/pull_command.js";
import { command } from "../built.mjs";

const { services } = JSON.parse(readFileSync(new URL("../../data/services.json", import.meta.url), "utf8"));
const used = Object.values(regionMap().zones).flatMap(([, pairs]) => pairs);

test("every service of the map is described", () => {
  for (const pair of used) {
    const [name = ""] = pair.split(":");
    const { title, account, signal, link } = services[name] ?? {};
    assert.ok(title && signal && /^https:/.test(link), name);
    assert.match(account, /^(none|free|one_zone)$/, name);
  }
});

test("the command names a service, and has no flag, that the command line does not know", { skip: existsSync(command) ? false : "gpu-carbon is not built" }, () => {
  const help = execFileSync(command, ["pull", "--help"], { encoding: "utf8" });
  for (const pair of used) {
    const [name = "", zone = ""] = pair.split(":");
    const line = pullCommand(name, zone, "2028-02-29");
    const [, service = ""] = /pull (\S+)/.exec(line) ?? [];
    assert.ok(help.includes(service), line);
    for (const [flag] of line.matchAll(/--[a-z-]+/g)) assert.ok(help.includes(flag), line);
    for (const [, variable = ""] of line.matchAll(/^([A-Z_]+)=/g)) assert.ok(help.includes(variable), line);
    assert.match(line, /--start 2027-02-28T00:00:00Z --end 2028-02-29T00:00:00Z/);
  }
});
