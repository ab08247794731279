/**
 * Lines over one axis, by uPlot: small (22 kB compressed), quick on a year of values, drawn on a canvas. What a canvas
 * lacks is added here: a read-out in words, the arrow keys, the page's own colours in both themes and in print.
 * @module
 */

import uPlot from "uplot";
import { fill, h, s } from "./dom.js";

/**
 * @typedef {object} Line
 * @property {string} label
 * @property {string} colour a custom property of the style, such as --accent
 * @property {number[]} [dash]
 * @property {boolean} [stepped] each value holds until the next
 * @property {boolean} [points]
 * @property {string} [under] a custom property: the colour under the line
 */

/**
 * @typedef {object} PlotOptions
 * @property {string} label what the chart shows: it names the chart for who cannot see it
 * @property {number} height pixels
 * @property {Line[]} lines
 * @property {string} xTitle
 * @property {string} yTitle
 * @property {(value: number) => string} [yText] of an axis
 * @property {(x: number, index: number) => string} readOut what is there, in words
 * @property {(plot: uPlot, splits: number[], step: number) => string[]} [xTexts] of the axis
 * @property {(seconds: number) => Date} [zoned] where x is a time: epoch seconds as a date of the zone
 * @property {(plot: uPlot) => void} [drawn] called after each drawing and change of size
 */

/**
 * @typedef {object} Plot
 * @property {HTMLElement} element
 * @property {uPlot} plot
 * @property {(data: uPlot.AlignedData) => void} set
 */

const HINT = "Point at the chart, or use the arrow keys, to read it.";

/** How far the keys with a longer stride go: a tenth of the chart. */
const STRIDES = 10;

/**
 * @param {PlotOptions} options
 * @returns {Plot}
 */
export function createPlot(options) {
  const { label, height, lines, readOut } = options;
  const area = h("div", {
    class: "plot",
    role: "slider",
    tabindex: 0,
    "aria-label": label,
    "aria-valuemin": 0,
    "aria-valuemax": 0,
    "aria-valuenow": 0,
  });
  const spoken = h("p", { class: "readout", "aria-hidden": "true" }, HINT);
  const probe = h("span", { class: "probe", "aria-hidden": "true" });
  const element = h("div", { class: "plot-frame" }, lines.length > 1 && key(lines), area, spoken, probe);
  /** @type {Map<string, string>} as they are in the present theme */
  const colours = new Map();
  /** @param {string} name */
  const colour = (name) => {
    let found = colours.get(name);
    if (found === undefined) {
      probe.style.color = `var(${name})`;
      found = getComputedStyle(probe).color;
      colours.set(name, found);
    }
    return found;
  };
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;

  const plot = new uPlot(
    {
      width: 600,
      height,
      legend: { show: false },
      padding: [10, 12, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: {
        x: { time: options.zoned !== undefined },
        y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.08 : 1] },
      },
      ...(options.zoned ? { tzDate: options.zoned } : {}),
      series: [{}, ...lines.map((line) => series(line, colour))],
      axes: [
        {
          ...axis(colour, font),
          size: options.zoned ? 44 : 28,
          label: options.xTitle,
          labelSize: 18,
          ...(options.xTexts
            ? { values: (u, splits, _axis, _space, step) => options.xTexts?.(u, splits, step) ?? [] }
            : {}),
        },
        {
          ...axis(colour, font),
          size: 52,
          label: options.yTitle,
          labelSize: 18,
          ...(options.yText ? { values: (_, splits) => splits.map((value) => options.yText?.(value) ?? "") } : {}),
        },
      ],
      hooks: {
        draw: [(u) => options.drawn?.(u)],
        setCursor: [({ cursor }) => tell(cursor.idx)],
      },
    },
    [[], ...lines.map(() => [])],
    area,
  );

  /** @param {number | null | undefined} index */
  function tell(index) {
    const x = index === null || index === undefined ? undefined : plot.data[0][index];
    const text = x === undefined || index === null || index === undefined ? "" : readOut(x, index);
    fill(spoken, text || HINT);
    if (text) {
      area.setAttribute("aria-valuenow", String(index));
      area.setAttribute("aria-valuetext", text);
    }
  }

  area.addEventListener("keydown", (event) => {
    const last = plot.data[0].length - 1;
    const at = Number(area.getAttribute("aria-valuenow"));
    const stride = Math.max(1, Math.round(last / STRIDES));
    const to = {
      ArrowRight: at + 1,
      ArrowUp: at + 1,
      ArrowLeft: at - 1,
      ArrowDown: at - 1,
      PageUp: at + stride,
      PageDown: at - stride,
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const index = Math.min(last, Math.max(0, to));
    plot.setCursor({ left: plot.valToPos(plot.data[0][index] ?? 0, "x"), top: 0 });
    tell(index);
  });

  new ResizeObserver(([entry]) => {
    const width = Math.floor(entry?.contentRect.width ?? 0);
    if (width > 0 && width !== plot.width) plot.setSize({ width, height });
  }).observe(area);
  const redraw = () => {
    colours.clear();
    plot.redraw();
  };
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)", "print"])
    matchMedia(query).addEventListener("change", redraw);
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });

  return {
    element,
    plot,
    set(data) {
      const last = Math.max(0, data[0].length - 1);
      area.setAttribute("aria-valuemax", String(last));
      plot.setData(data);
      area.setAttribute("aria-valuenow", String(Math.min(last, Number(area.getAttribute("aria-valuenow")))));
      area.removeAttribute("aria-valuetext");
      fill(spoken, HINT);
    },
  };
}

/**
 * Which line is which.
 *
 * @param {Line[]} lines
 * @returns {HTMLElement}
 */
function key(lines) {
  return h(
    "ul",
    { class: "key" },
    lines.map(({ label, colour, dash }) => {
      const sample = s(
        "svg",
        { width: 24, height: 10, "aria-hidden": "true" },
        s("path", { d: "M0 5h24", "stroke-dasharray": dash?.join(" ") }),
      );
      sample.style.stroke = `var(${colour})`;
      return h("li", null, sample, label);
    }),
  );
}

/**
 * @param {Line} line
 * @param {(name: string) => string} colour
 * @returns {uPlot.Series}
 */
function series({ label, colour: name, dash, stepped, points, under }, colour) {
  const paths = stepped ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
  return {
    label,
    stroke: () => colour(name),
    width: 1.5,
    points: { show: points === true, size: 6, fill: () => colour("--surface") },
    ...(dash ? { dash } : {}),
    ...(under ? { fill: () => colour(under) } : {}),
    ...(paths ? { paths } : {}),
  };
}

/**
 * @param {(name: string) => string} colour
 * @param {string} font
 * @returns {uPlot.Axis}
 */
function axis(colour, font) {
  return {
    font,
    labelFont: font,
    stroke: () => colour("--muted"),
    grid: { stroke: () => colour("--line"), width: 1 },
    ticks: { stroke: () => colour("--line"), width: 1, size: 4 },
  };
}
