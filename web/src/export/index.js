/**
 * What the reader takes away: a link, files, a command, a timetable, a statement.
 * @module
 */

/** @import { Model, Request, TakeAway } from "../types.js" */
/** @import { Choice } from "../answer/choices.js" */
import { bestChoice, choices, extent, pauses } from "../answer/choices.js";
import { fill, h, more } from "../answer/dom.js";
import { mass, zoneName } from "../answer/format.js";
import { NOT_LOADED } from "../engine/messages.js";
import { PROFILE, command, filesOf, inOrder, profileCsv } from "./command.js";
import { planJson } from "./plan_json.js";

/** For how long a button says that it has copied. */
const SAID_MILLISECONDS = 2000;

/**
 * @param {HTMLElement} root
 * @param {object} engine
 * @param {(request: Request, names: string[]) => Promise<string>} engine.table the plan in these series, as a table
 * @param {(name: string) => Promise<string>} engine.csv the values of a series, as the command reads them
 * @returns {TakeAway}
 */
export function createTakeAway(root, engine) {
  const news = h("p", { class: "hidden", role: "status" });
  const link = h("a", null, "Link to this plan");
  const downloads = h("p", { class: "downloads" });
  const select = h("select");
  const [commands, timetable, statement] = [
    lazy("The same on the command line"),
    lazy("Start it: Slurm, cron, pauses"),
    lazy("A statement for a paper"),
  ];
  const body = h(
    "div",
    { class: "take", hidden: true },
    h("h2", null, "To take away"),
    downloads,
    commands.element,
    h("label", { class: "which" }, "Plan to start or to state ", select),
    timetable.element,
    statement.element,
    news,
  );
  root.append(body);

  /** @type {Model | undefined} */
  let model;
  /** @type {Choice[]} */
  let list = [];
  /** What the reader chose; nothing: the best. @type {string} */
  let wanted = "";
  select.addEventListener("change", () => {
    wanted = select.value;
    write();
  });

  function write() {
    const choice = list.find(({ key }) => key === select.value);
    const asked = model;
    if (!asked || !choice) return;
    commands.set(() => commandParts(asked, block, (name) => engine.csv(name)));
    timetable.set(() => timetableParts(asked, choice, block));
    statement.set(() => statementParts(asked, choice, block));
  }

  /**
   * Text to copy.
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
      copier("Copy", title, () => text, pre),
      pre,
    );
  }

  /**
   * @param {string} label
   * @param {string} title of what is copied
   * @param {() => string} text
   * @param {HTMLElement} shown selected where the browser does not let a page copy
   * @returns {HTMLButtonElement}
   */
  function copier(label, title, text, shown) {
    const button = h("button", { type: "button", "aria-label": `${label}: ${title}` }, label);
    button.addEventListener("click", async () => {
      const copied = await copy(text(), shown);
      fill(button, copied ? "Copied" : "Selected");
      fill(news, copied ? `${title}: copied` : `${title}: selected, ready to copy`);
      setTimeout(() => fill(button, label), SAID_MILLISECONDS);
    });
    return button;
  }

  const copyLink = copier("Copy", "Link to this plan", () => link.href, link);
  const saveAs = (
    /** @type {string} */ name,
    /** @type {(model: Model) => string | Promise<string>} */ text,
    /** @type {string} */ type,
  ) => saver(name, () => model && text(model), type);
  const profile = saveAs(PROFILE, ({ request }) => profileCsv(request.job.profile ?? []), "text/csv");
  fill(
    downloads,
    h("span", null, link, " ", copyLink),
    saveAs("plan.json", ({ plan }) => planJson(plan), "application/json"),
    saveAs("plan.csv", (asked) => engine.table(asked.request, inOrder(asked).map(({ name }) => name)), "text/csv"),
    profile,
    h("button", { type: "button", click: () => print() }, "Print"),
  );

  return {
    show(next) {
      model = next;
      body.hidden = false;
      list = choices(next.plan);
      link.href = next.link;
      profile.hidden = next.request.job.profile === undefined;
      const chosen = list.find(({ key }) => key === wanted) ?? bestChoice(list);
      fill(
        select,
        list.map(({ key, label, grams }) =>
          h("option", { value: key, selected: key === chosen?.key }, `${label}: ${mass(grams)}`),
        ),
      );
      write();
    },
  };
}

/** @typedef {(title: string, text: string) => HTMLElement} Block */

/**
 * @param {Model} model
 * @param {Block} block
 * @param {(name: string) => Promise<string>} csv
 */
function commandParts(model, block, csv) {
  const files = filesOf(model);
  const answers = files.filter(({ of }) => of.answered);
  return [
    block("In a shell", command(model)),
    files.length > 0 &&
      h(
        "p",
        { class: "note" },
        `It reads ${files.map(({ name }) => name).join(", ")}, with the header timestamp_utc,gco2_per_kwh.`,
      ),
    answers.length > 0 &&
      h(
        "p",
        { class: "downloads" },
        "What a service answered, as such a file: ",
        answers.map(({ name, of }) => saver(name, () => csv(of.name), "text/csv")),
      ),
    model.request.job.profile && h("p", { class: "note" }, `It reads ${PROFILE}, too: save it above.`),
  ];
}

/**
 * @param {Model} model
 * @param {Choice} choice
 * @param {Block} block
 */
async function statementParts(model, choice, block) {
  const { bibtex, latex, plainStatement } = await import("./statement.js");
  return [
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
async function timetableParts({ zone }, choice, block) {
  const { crontab, crontabAnywhere, pausing, sbatch } = await import("./job_scripts.js");
  const { start } = extent(choice);
  const once = [
    block("With Slurm", sbatch(start)),
    block(`A line for crontab, on a host in ${zoneName(start, zone)}`, crontab(start, zone)),
    block("The same, added on a host in any zone", crontabAnywhere(start)),
  ];
  if (pauses(choice) === 0)
    return [h("p", { class: "note" }, "job.sh stands for what you run. Dates are GNU date\u2019s."), ...once];
  return [
    h(
      "p",
      { class: "note" },
      "This plan pauses: one start is not enough. Either of these scripts stops the job and continues it; where neither may be done, the job must write a checkpoint " +
        "at each end below, and begin again from it. job.sh stands for what you run. Dates are GNU date\u2019s.",
    ),
    block("With Slurm", pausing(choice, "slurm")),
    block("Without Slurm", pausing(choice, "signals")),
  ];
}

/** @typedef {Parameters<typeof fill>[1]} Parts */

/**
 * Something to open, written when it is open: what writes it may be loaded only then.
 *
 * @param {string} title
 */
function lazy(title) {
  const inside = h("div");
  const element = more(title, inside);
  /** @type {() => Parts | Promise<Parts>} */
  let make = () => [];
  const write = async () => {
    if (!element.open) return;
    const mine = make;
    const parts = await Promise.resolve().then(mine).catch(() => h("p", { class: "note" }, NOT_LOADED));
    if (mine === make) fill(inside, parts);
  };
  element.addEventListener("toggle", write);
  return {
    element,
    set(/** @type {typeof make} */ next) {
      make = next;
      write();
    },
  };
}

/**
 * Copies; where the page may not, selects what is shown.
 *
 * @param {string} text
 * @param {HTMLElement} shown
 * @returns {Promise<boolean>} whether it was copied
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
 * @param {() => string | Promise<string> | undefined} text nothing: there is none yet
 * @param {string} type
 */
function saver(name, text, type) {
  const click = async () => {
    const written = await text();
    if (written !== undefined) save(name, written, type);
  };
  return h("button", { type: "button", click }, `Save ${name}`);
}

/**
 * @param {string} name
 * @param {string} text
 * @param {string} type
 */
function save(name, text, type) {
  const href = URL.createObjectURL(new Blob([text], { type }));
  h("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), SAID_MILLISECONDS);
}
