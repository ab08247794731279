/**
 * Line charts in SVG, with D3's ticks: 3 kB compressed, where uPlot takes 22 of the 300 kB of a first visit. A chart uses
 * the page's colours, in both themes and in print. The pointer and the arrow keys read it out as text.
 * @module
 */

import { bisectCenter, ticks } from "d3-array";
import { fill, h, s } from "../ui/dom.js";
import { digits } from "../ui/format.js";

/**
 * @typedef {object} Line
 * @property {string} label
 * @property {string} name a class of the style, which sets the colour
 * @property {boolean} [dashed]
 * @property {boolean} [stepped] each value holds until the next
 */

/** @typedef {{at: number, text: string[]}} Tick position on an axis, and the lines of its label */

/**
 * The layout of a drawn chart, in pixels.
 *
 * @typedef {object} Drawing
 * @property {(value: number) => number} x
 * @property {number} left
 * @property {number} right
 * @property {number} top
 * @property {number} bottom of the lines
 * @property {number} foot below the axis
 * @property {SVGGElement} under a layer behind the lines
 * @property {SVGGElement} below a layer below the axis
 */

/**
 * @typedef {object} PlotOptions
 * @property {string} label name of the chart for screen readers
 * @property {number} height of the lines and the axes, pixels
 * @property {() => number} [extraHeight] height of the layer below the axis
 * @property {Line[]} lines
 * @property {string} [xTitle]
 * @property {string} yTitle
 * @property {(value: number) => string} [yText]
 * @property {boolean} [startNearLeast] starts the y axis near the least value instead of zero, where small differences matter
 * @property {(from: number, to: number, most: number) => Tick[]} [xTicks]
 * @property {(index: number) => string} readOut text of the values at a point
 * @property {(drawing: Drawing) => void} [onDraw] draws more
 */

/**
 * @typedef {object} Plot
 * @property {HTMLElement} element
 * @property {(xs: number[], columns: (number | null)[][]) => void} set
 * @property {() => void} draw
 */

const HINT = "Point at the chart, or use the arrow keys, to read its values.";

const MARGIN = { top: 26, right: 12, left: 62, axis: 40 };

/** Space for one tick label, in pixels. */
const ROOM = { x: 64, y: 34 };

/** The place of a label on the x axis: in the middle below its tick, or at the edge of the chart. @param {number} x @param {number} width */
function labelPlace(x, width) {
  return x > width - ROOM.x / 2 ? { x: width, "text-anchor": "end" } : { x, "text-anchor": "middle" };
}

/** Page Up and Page Down move by one part in so many of the chart. */
const STRIDES = 10;

/**
 * Creates a chart.
 *
 * @param {PlotOptions} options
 * @returns {Plot}
 */
export function createPlot({
  label,
  height,
  extraHeight = () => 0,
  lines,
  xTitle,
  yTitle,
  yText = digits,
  startNearLeast = false,
  xTicks = plainTicks,
  readOut,
  onDraw,
}) {
  const [under, below] = [s("g"), s("g")];
  const cursor = s("path", { class: "cursor" });
  const svg = s("svg", { "aria-hidden": "true" });
  const area = h(
    "div",
    {
      class: "plot",
      role: "slider",
      tabindex: 0,
      "aria-label": label,
      "aria-valuemin": 0,
      "aria-valuemax": 0,
      "aria-valuenow": 0,
    },
    svg,
  );
  const readout = h("p", { class: "readout", "aria-hidden": "true" }, HINT);
  const element = h("div", null, lines.length > 1 && legend(lines), area, readout);
  let width = 0;
  /** @type {number[]} */
  let xs = [];
  /** @type {(number | null)[][]} */
  let columns = [];
  /** @type {(value: number) => number} */
  let x = () => 0;

  function draw() {
    if (width === 0 || xs.length === 0) return;
    const { top, left } = MARGIN;
    const [right, bottom] = [width - MARGIN.right, height - MARGIN.axis];
    const [first = 0, last = 0] = [xs[0], xs.at(-1)];
    const known = columns.flat().filter((value) => value !== null);
    const most = Math.max(0, ...known) || 1;
    const least = startNearLeast ? Math.min(...known) * 0.98 : 0;
    x = scale(first, last, left, right);
    const y = scale(least, most, bottom, top);
    svg.setAttribute("viewBox", `0 0 ${width} ${height + extraHeight()}`);
    fill(
      svg,
      under,
      ticks(least, most, (bottom - top) / ROOM.y)
        .map((at) => [
          s("path", { class: "grid", d: `M${left} ${y(at)}H${right}` }),
          s("text", { x: left - 8, y: y(at) + 4, "text-anchor": "end" }, yText(at)),
        ])
        .flat(),
      xTicks(first, last, Math.max(2, (right - left) / ROOM.x))
        .map(({ at, text }) =>
          [
            s("path", { class: "grid", d: `M${x(at)} ${top}V${bottom + 5}` }),
            text.map((row, index) =>
              s("text", { ...labelPlace(x(at), width), y: bottom + 18 + 15 * index }, row),
            ),
          ].flat(),
        )
        .flat(),
      s("text", { x: 0, y: 12 }, yTitle),
      xTitle && s("text", { x: (left + right) / 2, y: bottom + 35, "text-anchor": "middle" }, xTitle),
      lines.map(({ name, dashed, stepped }, index) => {
        const d = pathOf(xs, columns[index] ?? [], x, y, stepped === true);
        return s("path", { class: `line ${name}`, d, "stroke-dasharray": dashed && "5 4" });
      }),
      cursor,
      below,
    );
    onDraw?.({ x, left, right, top, bottom, foot: height, under, below });
  }

  /** Point that the keyboard has reached: a pointer does not change it. */
  let reached = 0;

  /** Moves the cursor to a point and shows its values; null: to none. @param {number | null} index */
  function moveCursor(index) {
    const at = index === null ? undefined : xs[index];
    cursor.setAttribute("d", at === undefined ? "" : `M${x(at)} ${MARGIN.top}V${height - MARGIN.axis}`);
    if (index === null || at === undefined) return fill(readout, HINT);
    const text = readOut(index);
    fill(readout, text);
  }

  /** Moves the cursor and the value by the keyboard. @param {number} index */
  function reach(index) {
    reached = index;
    moveCursor(index);
    area.setAttribute("aria-valuenow", String(index));
    area.setAttribute("aria-valuetext", readOut(index));
  }

  area.addEventListener("pointermove", ({ clientX }) => {
    const { left } = svg.getBoundingClientRect();
    moveCursor(bisectCenter(xs.map(x), clientX - left));
  });
  area.addEventListener("pointerleave", () => moveCursor(null));
  area.addEventListener("blur", () => moveCursor(null));
  area.addEventListener("keydown", (event) => {
    const last = xs.length - 1;
    const at = reached;
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
    reach(Math.min(last, Math.max(0, to)));
  });
  new ResizeObserver(([entry]) => {
    const next = Math.floor(entry?.contentRect.width ?? 0);
    if (next === width) return;
    width = next;
    requestAnimationFrame(draw); // drawn at once, the chart would change the size that is being reported
  }).observe(area);

  return {
    element,
    draw,
    set(newXs, newColumns) {
      [xs, columns] = [newXs, newColumns];
      reached = 0;
      area.setAttribute("aria-valuemax", String(Math.max(0, xs.length - 1)));
      area.setAttribute("aria-valuenow", "0");
      area.removeAttribute("aria-valuetext");
      draw();
      moveCursor(null);
    },
  };
}

/**
 * The path of a line through the known values, with a break at each unknown one.
 *
 * @param {number[]} xs
 * @param {(number | null)[]} values
 * @param {(value: number) => number} x
 * @param {(value: number) => number} y
 * @param {boolean} stepped
 * @returns {string}
 */
export function pathOf(xs, values, x, y, stepped) {
  let path = "";
  let open = false;
  for (const [index, at] of xs.entries()) {
    const value = values[index] ?? null;
    const to = value === null ? "" : y(value).toFixed(1);
    const along = x(at).toFixed(1);
    if (open && stepped) path += `H${along}`; // the previous value holds until here
    if (value !== null) path += !open ? `M${along} ${to}` : stepped ? `V${to}` : `L${along} ${to}`;
    open = value !== null;
  }
  return path;
}

/**
 * A linear scale from values to pixels.
 *
 * @param {number} from
 * @param {number} to
 * @param {number} start pixels
 * @param {number} end
 * @returns {(value: number) => number}
 */
function scale(from, to, start, end) {
  const unit = to > from ? (end - start) / (to - from) : 0;
  return (value) => start + (value - from) * unit;
}

/**
 * @param {number} from
 * @param {number} to
 * @param {number} most
 * @returns {Tick[]}
 */
function plainTicks(from, to, most) {
  return ticks(from, to, most).map((at) => ({ at, text: [String(at)] }));
}

/**
 * The legend of the lines.
 *
 * @param {Line[]} lines
 * @returns {HTMLElement}
 */
function legend(lines) {
  return h(
    "ul",
    { class: "key" },
    lines.map(({ label, name, dashed }) =>
      h(
        "li",
        null,
        s(
          "svg",
          { width: 24, height: 10, "aria-hidden": "true" },
          s("path", { class: `line ${name}`, d: "M0 5h24", "stroke-dasharray": dashed && "5 4" }),
        ),
        label,
      ),
    ),
  );
}
