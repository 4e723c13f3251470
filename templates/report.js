// The slider shows the row of the chosen share of every table, and marks it in every chart, or the share nearest
// to it that is drawn.
(() => {
  const slider = document.getElementById("share");
  if (!slider) return;
  const style = document.documentElement.style;
  const output = document.getElementById("share-shown");
  const ticks = document.getElementById("share-ticks").options;
  let marked = ticks[slider.value].dataset.drawn;
  const show = () => {
    const chosen = Number(slider.value);
    const name = ticks[chosen].label;
    // An unset variable falls back to what the chart says for a share that is not chosen.
    style.setProperty(`--s${marked}`, "initial");
    marked = ticks[chosen].dataset.drawn;
    style.setProperty(`--s${marked}`, "var(--accent)");
    output.textContent = name;
    slider.setAttribute("aria-valuetext", name);
    for (const cell of document.querySelectorAll("[data-share]")) cell.textContent = name;
    for (const cell of document.querySelectorAll("[data-table]")) {
      const row = document.getElementById(cell.dataset.table).tBodies[0].rows[chosen];
      cell.textContent = row.cells[Number(cell.dataset.column)].textContent;
    }
  };
  slider.addEventListener("input", show);
  slider.addEventListener("change", show);
  show();
})();
