// Single keys for the city hall's pages. A control names its keys in
// aria-keyshortcuts; a key presses a link, and goes to a button or a form, which
// Enter then presses: no decision is one key away. All of it works without this.

const SWITCH = "garage-keys"; // in localStorage: "off", or absent
const CONTROLS = "input:not([type=hidden], [type=submit]), select, textarea";
const KEY = /^([a-z/?]|Arrow(Left|Right))$/;
const STEPS = new Map([
  ["j", 1],
  ["k", -1],
]);

const isTyping = (target) =>
  Boolean(target.closest("textarea, select, [contenteditable]")) ||
  target.matches("input:not([type=checkbox], [type=radio], [type=submit], [type=button])");

// Whether a key that was pressed may mean something here: not while somebody types, not as a
// part of the browser's own combinations, and held down only from row to row.
export const isShortcut = (event) =>
  KEY.test(event.key) &&
  !(event.defaultPrevented || event.isComposing) &&
  !(event.ctrlKey || event.altKey || event.metaKey) &&
  (!event.repeat || STEPS.has(event.key)) &&
  !isTyping(event.target);

// From a row to the next or the one before; from elsewhere (-1) to the first or the last.
export const rowAfter = (rows, at, by) => {
  if (at < 0) {
    return rows.at(by > 0 ? 0 : -1);
  }
  return rows[at + by];
};

// Where storage is forbidden, the switch holds for this page.
const remember = (on) => {
  try {
    if (on) {
      localStorage.removeItem(SWITCH);
    } else {
      localStorage.setItem(SWITCH, "off");
    }
  } catch {
    // There is nothing to do about it.
  }
};
const remembered = () => {
  try {
    return localStorage.getItem(SWITCH) !== "off";
  } catch {
    return true;
  }
};

const rowsShown = () => [...document.querySelectorAll("[data-row]")];
const currentRow = () => document.activeElement?.closest("[data-row]");

const step = (by) => {
  const rows = rowsShown();
  const row = rowAfter(rows, rows.indexOf(currentRow()), by);
  row?.querySelector("a").focus();
  row?.scrollIntoView({ block: "nearest" });
};

const isShown = (control) => control.checkVisibility?.() ?? control.getClientRects().length > 0;

const goTo = (control) => {
  if (control.matches("a[href]")) {
    control.click();
    return;
  }
  if (control.matches("summary")) {
    const details = control.closest("details");
    details.open = true;
    const inside = [...details.querySelectorAll(`${CONTROLS}, summary`)];
    (inside.find((each) => each !== control && isShown(each)) ?? control).focus();
    return;
  }
  control.focus();
  control.scrollIntoView({ block: "nearest" });
};

// Does what a key stands for; whether it stands for anything here.
const act = (key, dialog) => {
  if (key === "?") {
    if (dialog.open) {
      dialog.close();
    } else {
      dialog.showModal();
    }
    return true;
  }
  if (dialog.open) {
    return false;
  }
  if (STEPS.has(key) && rowsShown().length) {
    step(STEPS.get(key));
    return true;
  }
  if (key === "x" && currentRow()) {
    currentRow().querySelector("input[type=checkbox]").click();
    return true;
  }
  const named = document.querySelectorAll(`[aria-keyshortcuts~="${CSS.escape(key)}"]`);
  const control = [...named].find(isShown);
  if (control) {
    goTo(control);
  }
  return Boolean(control);
};

const start = (bar, dialog) => {
  const switched = dialog.querySelector("[data-keys-on]");

  document.addEventListener("keydown", (event) => {
    if (switched.checked && isShortcut(event) && act(event.key, dialog)) {
      event.preventDefault();
    }
  });

  switched.checked = remembered();
  switched.addEventListener("change", () => remember(switched.checked));
  bar.hidden = false;
  bar.querySelector("[data-keys-open]").addEventListener("click", () => dialog.showModal());
};

const bar = document.querySelector("[data-keys]");
if (bar) {
  start(bar, document.querySelector("dialog.keys"));
}
