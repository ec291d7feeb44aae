// Two courtesies for every form; each works without them. No inline script: the
// content security policy admits only files from the static origin.

// Long enough for photos on a slow line, short enough for somebody who pressed Stop.
const PATIENCE_MS = 30_000;
const CONTROLS = "input:not([type=hidden]), select, textarea";

const release = (form) => {
  delete form.dataset.sending;
  for (const button of form.querySelectorAll('button[aria-disabled="true"]')) {
    button.removeAttribute("aria-disabled");
  }
};

// A double click sends a form once. Buttons are not `disabled`: that would
// drop the pressed button's own value and the keyboard focus.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented) {
    return;
  }
  if ("sending" in form.dataset) {
    event.preventDefault();
    return;
  }
  form.dataset.sending = "";
  for (const button of form.querySelectorAll('button:not([type="button"])')) {
    button.setAttribute("aria-disabled", "true");
  }
  setTimeout(release, PATIENCE_MS, form);
});

// Going back shows the page as it was left, buttons and all.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sending]")) {
    release(form);
  }
});

// A link of the summary goes to the field itself, also where its id names a group of choices.
const follow = (event) => {
  const link = event.target.closest("a[href^='#']");
  const target = link && document.getElementById(link.hash.slice(1));
  if (!target) {
    return;
  }
  const closed = target.closest("details:not([open])");
  if (closed) {
    closed.open = true;
  }
  const itself = target.matches(`${CONTROLS}, [tabindex]`);
  const control = itself ? target : target.querySelector(CONTROLS);
  if (control) {
    event.preventDefault();
    control.focus();
  }
};

// The summary of what went wrong is the first thing to read.
const summary = document.querySelector(".error-summary");
if (summary) {
  summary.focus();
  summary.addEventListener("click", follow);
}
