// Hover cards of citations, sortable tables and survey maps: in the chat window and in exported surveys.
(() => {
  "use strict";
  const card = document.createElement("div");
  card.id = "hover";
  card.setAttribute("role", "tooltip");
  card.hidden = true;

  const put = (kind, text) => {
    if (!text) return;
    const part = document.createElement(kind);
    part.textContent = text;
    card.append(part);
  };

  let shown = null;

  function place(mark) {
    const at = mark.getBoundingClientRect();
    const left = Math.min(Math.max(8, at.left - 24), window.innerWidth - card.offsetWidth - 8);
    const above = at.top - card.offsetHeight - 8;
    card.style.left = `${left}px`;
    card.style.top = `${above > 8 ? above : at.bottom + 8}px`;
  }

  function hover(mark) {
    if (!card.isConnected) document.body.append(card);
    const { title, year, quote, about } = mark.dataset;
    card.replaceChildren();
    put("strong", year ? `${title} (${year})` : title);
    put("q", quote);
    put("span", about);
    card.hidden = false;
    shown = mark;
    place(mark);
    mark.setAttribute("aria-describedby", "hover");
  }

  const leave = () => { card.hidden = true; shown = null; };

  for (const kind of ["mouseover", "focusin"]) {
    document.addEventListener(kind, (event) => {
      const mark = event.target instanceof Element ? event.target.closest(".mark, .point") : null;
      if (mark) hover(mark); else leave();
    });
  }
  // Focusing an element may scroll it into view.
  document.addEventListener("scroll", () => {
    if (shown?.isConnected && shown.matches(":hover, :focus")) place(shown); else leave();
  }, true);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") leave(); }, true);

  // Empty cells stay last in both directions.
  function sort(button) {
    const head = button.closest("th");
    const table = head.closest("table");
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const key = (row) => row.cells[head.cellIndex].textContent.trim();
    const rows = [...table.tBodies[0].rows].sort((one, other) => {
      const [first, second] = [key(one), key(other)];
      if (!first || !second) return Number(!first) - Number(!second);
      return first.localeCompare(second, undefined, { numeric: true }) * (down ? -1 : 1);
    });
    table.tBodies[0].append(...rows);
  }

  function highlight(button) {
    const figure = button.closest(".map");
    const on = button.getAttribute("aria-pressed") !== "true";
    for (const other of figure.querySelectorAll("button.theme")) other.setAttribute("aria-pressed", String(on && other === button));
    figure.classList.toggle("chosen", on);
    for (const one of figure.querySelectorAll("svg [data-theme]")) {
      one.classList.toggle("faint", on && one.dataset.theme !== button.dataset.theme);
    }
  }

  const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  document.addEventListener("keydown", (event) => {
    const point = event.target instanceof Element ? event.target.closest(".point") : null;
    if (!point || !(event.key in STEPS)) return;
    event.preventDefault();
    const all = [...point.parentElement.querySelectorAll(".point")];
    all[(all.indexOf(point) + STEPS[event.key] + all.length) % all.length].focus();
  });

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const button = event.target.closest("button.sort, button.theme");
    if (button?.matches(".sort")) sort(button);
    else if (button?.closest(".map")) highlight(button);
  });
})();
