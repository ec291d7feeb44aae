// The queue: shows how many applications are selected; a tick chooses the scope “Those selected”.

const counter = document.querySelector("[data-selected]");
const ticks = [...document.querySelectorAll("[data-row] input[type=checkbox]")];

const count = () => {
  const number = ticks.filter((tick) => tick.checked).length;
  counter.textContent = number ? ` (${number})` : "";
};

if (counter) {
  for (const tick of ticks) {
    tick.addEventListener("change", () => {
      document.querySelector("input[name=scope][value=selected]").checked = true;
      count();
    });
  }
  window.addEventListener("pageshow", count);
}
