// Filters the programme while the user types: stalls that do not match are hidden. Only the
// stalls on the page are searched; the form searches the whole programme.

const MARKS = /\p{M}/gu;
const SPACE = /\s+/;

// Ignores accents and case, as the server's search does: "mutzen" finds "Mützen".
export const fold = (text) => text.normalize("NFKD").replace(MARKS, "").toLowerCase();

export const wordsOf = (text) => fold(text).split(SPACE).filter(Boolean);

export const matches = (folded, words) => words.every((word) => folded.includes(word));

export const describe = (shown, words, isPartial) => {
  const number = `${shown} stall${shown === 1 ? "" : "s"}`;
  if (isPartial) {
    return `${number} on this page. Press Enter to search the whole programme.`;
  }
  return words.length ? `${number} found.` : "";
};

const start = (input, found) => {
  const cards = [...document.querySelectorAll("[data-market]")].map((card) => ({
    card,
    folded: fold(card.textContent),
  }));
  const asked = input.value;
  const answered = found.textContent;

  input.addEventListener("input", () => {
    const words = wordsOf(input.value);
    // This is the search that the server has answered, in more than this page shows.
    const done = input.value === asked;
    let shown = 0;
    for (const { card, folded } of cards) {
      card.hidden = !(done || matches(folded, words));
      shown += card.hidden ? 0 : 1;
    }
    found.textContent = done ? answered : describe(shown, words, found.dataset.partial === "yes");
  });
};

const input = document.querySelector(".programme-search [type=search]");
const found = document.querySelector("[data-found]");
if (input && found) {
  start(input, found);
}
