// Improvements for all forms; every form works without them. There are no inline scripts,
// because the content security policy allows only files from the static origin.

// Long enough for photos on a slow connection, short enough for a user who pressed Stop.
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

// After “Back”, the browser shows the page as it was left, with inactive buttons.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sending]")) {
    release(form);
  }
});

// A link of the error summary moves the focus to its field, or to the first one of a group.
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

// The error summary gets the focus, so that it is read first.
const summary = document.querySelector(".error-summary");
if (summary) {
  summary.focus();
  summary.addEventListener("click", follow);
}
