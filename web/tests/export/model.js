/**
 * A model to export, made of the small plan.
 * @module
 */

/** @import { Model, Plan, Request, Series } from "../../src/types.js" */
import { plan } from "../answer/fixture.js";

/** @type {(name: string, change?: Partial<Series>) => Series} */
export const series = (name, change = {}) => ({
  name,
  kind: "file",
  signal: "marginal",
  scope: "co2e_lifecycle",
  source: "a file",
  attribution: undefined,
  startMilliseconds: Date.UTC(2020, 0),
  endMilliseconds: Date.UTC(2021, 0),
  stepSeconds: 300,
  checksum: "0a1b2c3d",
  gaps: 0,
  quality: "measured",
  loadedAt: 0,
  isSignalStated: false,
  fromService: false,
  ...change,
});

/**
 * @param {object} [change]
 * @param {Plan} [change.plan]
 * @param {Partial<Request>} [change.request]
 * @param {Series[]} [change.series] the first is the home series
 * @returns {Model}
 */
export function model(change = {}) {
  const planned = change.plan ?? plan();
  const all = change.series ?? [series("home"), series("away")];
  const [home = series("home")] = all;
  /** @type {Request} */
  const request = {
    job: { duration_seconds: 21_600, energy_kilowatt_hours: 10 },
    start: "2020-06-01T02:00:00Z",
    window_seconds: 86_400,
    power_usage_effectiveness: 1.2,
    signal: home.signal,
    home_region: home.name,
    pause_costs: planned.pause_costs,
    ...change.request,
  };
  return {
    question: {},
    request,
    plan: planned,
    home,
    title: home.name,
    series: all,
    intensity: { fromMilliseconds: 0, toMilliseconds: 1, values: new Float64Array(0) },
    embodiedGrams: null,
    embodied: null,
    gpus: null,
    zone: "UTC",
    factors: { job: "measured", pue: "given" },
    figures: {
      start: {
        score: {
          energy_kilowatt_hours: 12,
          intensity_grams_per_kilowatt_hour: 340,
          operational_grams: 4080,
          embodied_grams: null,
          total_grams: 4080,
          units: 1,
          grams_per_unit: 4080,
        },
        equivalents: [],
      },
    },
    link: "http://127.0.0.1/#x",
    unit: "job",
    recordedDay: null,
  };
}
