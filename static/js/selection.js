// The queue: how many markets are selected; and selecting one means those selected.

const picked = document.querySelector("[data-picked]");
const ticks = [...document.querySelectorAll("[data-row] input[type=checkbox]")];

const count = () => {
  const number = ticks.filter((tick) => tick.checked).length;
  picked.textContent = number ? ` (${number})` : "";
};

if (picked) {
  for (const tick of ticks) {
    tick.addEventListener("change", () => {
      document.querySelector("input[name=scope][value=picked]").checked = true;
      count();
    });
  }
  window.addEventListener("pageshow", count);
}
