/**
 * The export panel: a link, files, a command, scripts that start the job, and a statement for a paper.
 * @module
 */

/** @import { Model, Request, ExportPanel } from "../types.js" */
/** @import { Choice } from "../answer/choices.js" */
import { choices, extent, pauses } from "../answer/choices.js";
import { fill, h } from "../ui/dom.js";
import { mass, zoneName } from "../ui/format.js";
import { lazyDetails } from "../ui/lazy_details.js";
import { PROFILE, command, filesOf, inOrder, profileCsv } from "./command.js";
import { planJson } from "./plan_json.js";

/** Time after its start in which a plan can still be started. */
const STARTED_MILLISECONDS = 10 * 60_000;

/** Time for which a button shows that it has copied, and for which a saved file stays available. */
const FEEDBACK_MILLISECONDS = 2000;

/**
 * Creates the panel, hidden until there is a plan.
 *
 * @param {HTMLElement} root
 * @param {object} engine
 * @param {(request: Request, names: string[]) => Promise<string>} engine.planCsv the plan in these series as a table
 * @param {(name: string) => Promise<string>} engine.seriesCsv the values of a series as the command reads them
 * @returns {ExportPanel}
 */
export function createExportPanel(root, engine) {
  const status = h("p", { class: "hidden", role: "status" });
  const link = h("a", null, "Link to this plan");
  const downloads = h("p", { class: "downloads" });
  const select = h("select");
  const [commands, scripts, statement, byLevel] = [
    lazyDetails("The same plan on the command line"),
    lazyDetails("Start the job: Slurm, cron, pauses"),
    lazyDetails("A statement for a paper"),
    lazyDetails("A statement by the yearly level of the grid"),
  ];
  byLevel.element.hidden = true;
  const body = h(
    "div",
    { class: "export", hidden: true },
    h("h2", null, "Export"),
    downloads,
    h("div", null, commands.element, h("label", { class: "which" }, "Plan to start or to cite ", select), scripts.element, statement.element),
    byLevel.element,
    status,
  );
  const ofPlan = /** @type {HTMLElement} */ (commands.element.parentElement);
  root.append(body);

  /** @type {Model | undefined} */
  let model;
  /** @type {Choice[]} */
  let list = [];
  /** The reader's choice; empty: to start at once. @type {string} */
  let selected = "";
  select.addEventListener("change", () => {
    selected = select.value;
    write();
  });

  function write() {
    const choice = list.find(({ key }) => key === select.value);
    const current = model;
    if (!current || !choice) return;
    commands.set(() => commandParts(current, block, (name) => engine.seriesCsv(name)));
    scripts.set(() => scriptParts(current, choice, block));
    statement.set(() => statementParts(current, choice, block));
  }

  /**
   * Text with a button that copies it.
   *
   * @param {string} title
   * @param {string} text
   * @returns {HTMLElement}
   */
  function block(title, text) {
    const pre = h("pre", { tabindex: 0, "aria-label": title }, text);
    return h(
      "div",
      { class: "block" },
      h("h3", null, title),
      copyButton("Copy", title, () => text, pre),
      pre,
    );
  }

  /**
   * A button that copies a text.
   *
   * @param {string} label
   * @param {string} title of the text
   * @param {() => string} text
   * @param {HTMLElement} shown the element to select where the browser does not let a page copy
   * @returns {HTMLButtonElement}
   */
  function copyButton(label, title, text, shown) {
    const button = h("button", { type: "button", "aria-label": `${label}: ${title}` }, label);
    button.addEventListener("click", async () => {
      const copied = await copy(text(), shown);
      fill(button, copied ? "Copied" : "Selected");
      fill(status, copied ? `${title}: copied` : `${title}: selected, ready to copy`);
      setTimeout(() => fill(button, label), FEEDBACK_MILLISECONDS);
    });
    return button;
  }

  const copyLink = copyButton("Copy", "Link to this plan", () => link.href, link);
  const saveButtonOf = (
    /** @type {string} */ name,
    /** @type {(model: Model) => string | Promise<string>} */ text,
    /** @type {string} */ type,
  ) => saveButton(name, () => model && text(model), type);
  const profile = saveButtonOf(PROFILE, ({ request }) => profileCsv(request.job.profile ?? []), "text/csv");
  const files = [
    saveButtonOf("plan.json", ({ plan }) => planJson(plan), "application/json"),
    saveButtonOf("plan.csv", (current) => engine.planCsv(current.request, inOrder(current).map(({ name }) => name)), "text/csv"),
    profile,
  ];
  fill(downloads, h("span", null, link, " ", copyLink), files, h("button", { type: "button", click: () => print() }, "Print"));

  return {
    show(next) {
      model = next;
      body.hidden = false;
      ofPlan.hidden = false;
      for (const button of files) button.hidden = false;
      list = choices(next.plan);
      link.href = next.link;
      profile.hidden = next.request.job.profile === undefined;
      const chosen = list.find(({ key }) => key === selected) ?? list.find(({ key }) => key === "now");
      fill(
        select,
        list.map(({ key, label, grams }) =>
          h("option", { value: key, selected: key === chosen?.key }, `${label}: ${mass(grams)}`),
        ),
      );
      write();
    },
    showLevel(level) {
      byLevel.element.hidden = level === null;
      if (level) byLevel.set(async () => block("By the yearly level, in plain text", (await import("./statement.js")).levelStatement(level)));
    },
    hide(address) {
      body.hidden = false;
      ofPlan.hidden = true;
      link.href = address;
      for (const button of files) button.hidden = true;
    },
  };
}

/** @typedef {(title: string, text: string) => HTMLElement} Block */

/**
 * The command, and the files that it reads.
 *
 * @param {Model} model
 * @param {Block} block
 * @param {(name: string) => Promise<string>} seriesCsv
 */
function commandParts(model, block, seriesCsv) {
  const files = filesOf(model);
  const responses = files.filter(({ series }) => series.fromService);
  return [
    block("In a shell", command(model)),
    files.length > 0 &&
      h(
        "p",
        { class: "note" },
        `The command reads ${files.map(({ name }) => name).join(", ")}, with the header timestamp_utc,gco2_per_kwh.`,
      ),
    responses.length > 0 &&
      h(
        "p",
        { class: "downloads" },
        "Data of a service in this format: ",
        responses.map(({ name, series }) => saveButton(name, () => seriesCsv(series.name), "text/csv")),
      ),
    model.request.job.profile && h("p", { class: "note" }, `The command also reads ${PROFILE}: save it above.`),
  ];
}

/**
 * @param {Model} model
 * @param {Choice} choice
 * @param {Block} block
 */
async function statementParts(model, choice, block) {
  const { bibtex, latex, otherYearWarning, plainStatement } = await import("./statement.js");
  const warning = otherYearWarning(model, choice);
  return [
    warning && h("p", { class: "caution" }, warning),
    block("In plain text", plainStatement(model, choice)),
    block("In LaTeX", latex(model, choice)),
    block("Its sources, in BibTeX", bibtex(model, choice)),
  ];
}

/**
 * @param {Model} model
 * @param {Choice} choice
 * @param {Block} block
 */
async function scriptParts({ zone, recordedDay }, choice, block) {
  if (recordedDay) return h("p", { class: "note" }, "The plan is of a recorded day, an example: there is nothing to start by it. Plan with a forecast, or with a start on the day itself.");
  if (Date.parse(extent(choice).start) < Date.now() - STARTED_MILLISECONDS) return h("p", { class: "note" }, "The start of this plan has passed: a script for it would start the job at once. Plan with a start from now on.");
  const { crontabCommand, crontabLine, pausingScript, sbatchCommand } = await import("./job_scripts.js");
  const { start } = extent(choice);
  const once = [
    block("With Slurm", sbatchCommand(start)),
    block(`A crontab line for a host in ${zoneName(start, zone)}`, crontabLine(start, zone)),
    block("A command that adds this line on a host in any time zone", crontabCommand(start)),
  ];
  if (pauses(choice) === 0)
    return [h("p", { class: "note" }, "Replace job.sh with your own script. The commands need GNU date."), ...once];
  return [
    h(
      "p",
      { class: "note" },
      "This plan has pauses, so the job must also be stopped and resumed: either of these scripts does that. Where neither is allowed, the job must write a " +
        "checkpoint at the start of each pause, and start again from it. Replace job.sh with your own script. The commands need GNU date.",
    ),
    block("With Slurm", pausingScript(choice, "slurm")),
    block("Without Slurm", pausingScript(choice, "signals")),
  ];
}

/**
 * Copies a text, or selects the shown one where the browser does not let the page copy.
 *
 * @param {string} text
 * @param {HTMLElement} shown
 * @returns {Promise<boolean>} true: copied; false: selected
 */
async function copy(text, shown) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection()?.selectAllChildren(shown);
    return false;
  }
}

/**
 * A button that saves a file.
 *
 * @param {string} name
 * @param {() => string | Promise<string> | undefined} text undefined: nothing to save yet
 * @param {string} type
 */
function saveButton(name, text, type) {
  const click = async () => {
    const content = await text();
    if (content !== undefined) save(name, content, type);
  };
  return h("button", { type: "button", click }, `Save ${name}`);
}

/**
 * Saves a text as a file.
 *
 * @param {string} name
 * @param {string} text
 * @param {string} type MIME type
 */
function save(name, text, type) {
  const href = URL.createObjectURL(new Blob([text], { type }));
  h("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), FEEDBACK_MILLISECONDS);
}
