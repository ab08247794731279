/** Tests of measured power: from the exporter, from a saved page of its metrics, and from Prometheus. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { answerAfter, latestAnswer, open } from "./browser.mjs";

const METRICS = `# HELP gpu_carbon_gpu_power_watts Power that the GPU draws.
# TYPE gpu_carbon_gpu_power_watts gauge
gpu_carbon_gpu_power_watts{gpu="0",uuid="GPU-a"} 520.5
gpu_carbon_gpu_power_watts{gpu="1",uuid="GPU-b"} 300
`;
const RANGE = {
  status: "success",
  data: {
    resultType: "matrix",
    result: ["a", "b"].map((uuid) => ({
      metric: { __name__: "gpu_carbon_gpu_power_watts", uuid },
      values: Array.from({ length: 61 }, (_, minute) => [1_700_000_000 + minute * 60, String(minute < 30 ? 250 : 500)]),
    })),
  },
};
const file = (/** @type {string} */ name, /** @type {string} */ text) => ({ name, mimeType: "text/plain", buffer: Buffer.from(text) });

let up = true;
/** @type {Awaited<ReturnType<typeof open>>} */
let browser;
before(async () => {
  browser = await open({
    respond: (path) => (path === "/exporter/metrics" ? (up ? { body: METRICS, type: "text/plain" } : { status: 502, body: "" }) : undefined),
  });
});
after(() => browser.close());

test("a click reads the present power from the exporter", async () => {
  const { page, requests } = await browser.page("#work=power&duration=12h");
  await latestAnswer(page);
  assert.ok(!requests.some((address) => address.includes("/exporter/")));
  const button = page.getByRole("button", { name: "Read the present power from the exporter" });
  const { request } = await answerAfter(page, () => button.click());
  assert.equal(request.job.power_watts, 820.5);
  assert.equal(await page.inputValue("#power"), "820.5");
  assert.match(await page.innerText("[data-hint-for=power]"), /2 GPUs of the exporter/);
  up = false;
  await button.click();
  await page.getByText("No exporter answers at /exporter/metrics (502)").waitFor();
  assert.equal(await page.inputValue("#power"), "820.5");
  await page.context().close();
});

test("a saved page of metrics gives the power", async () => {
  const { page } = await browser.page();
  await latestAnswer(page);
  const { request } = await answerAfter(page, () => page.setInputFiles("#files", file("metrics.txt", METRICS)));
  assert.equal(request.job.power_watts, 820.5);
  await page.context().close();
});

test("a query_range of Prometheus sums the GPUs, and sets the duration of the measurement", async () => {
  const { page } = await browser.page();
  await latestAnswer(page);
  const { request, plan } = await answerAfter(page, () => page.setInputFiles("#files", file("range.json", JSON.stringify(RANGE))));
  assert.equal(request.job.profile[0][1], 500);
  assert.equal(request.job.profile.at(-1)[1], 1000);
  assert.ok(plan.job.duration_seconds >= 3600);
  assert.match(await page.innerText("[data-hint-for=profile]"), /range\.json.*the sum of 2 GPUs/);
  assert.match(await page.inputValue("#duration"), /^1h(\d+min)?$/);
  assert.equal(plan.job.duration_seconds % 60, 0);
  await page.context().close();
});

test("a response with sorted keys is detected by its end", async () => {
  const { page } = await browser.page();
  await latestAnswer(page);
  const sorted = { data: { result: RANGE.data.result, resultType: "matrix" }, status: "success" };
  const text = JSON.stringify(sorted, null, 2);
  assert.ok(text.indexOf("resultType") > 4000);
  const { request } = await answerAfter(page, () => page.setInputFiles("#files", file("sorted.json", text)));
  assert.equal(request.job.profile.at(-1)[1], 1000);
  await page.context().close();
});

test("a file without power shows its error beside its field, and the earlier power stays", async () => {
  const { page } = await browser.page("#work=profile");
  await page.waitForSelector("#profile-error:not(:empty)");
  const error = page.locator("#profile-error", { hasText: /p\.csv: .*line 2.*many/ });
  const choose = (/** @type {string} */ power) => page.setInputFiles("#profile", file("p.csv", `offset_seconds,power_watts\n0,${power}\n`));
  await choose("many");
  await error.waitFor();
  assert.equal(await page.innerText("#series-error"), "");
  await choose("800");
  await latestAnswer(page);
  assert.equal(await page.innerText("#profile-error"), "");
  assert.match(await page.innerText("[data-hint-for=profile]"), /p\.csv: one power value, from 0\ss to the end of the duration/);
  await choose("many");
  await error.waitFor();
  const { request } = await answerAfter(page, () => page.fill("#duration", "5h"));
  assert.deepEqual(request.job.profile, [[0, 800]]);
  await page.context().close();
});
