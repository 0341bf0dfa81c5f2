function send(source, values) {
  if (source.dataset.confirm && !window.confirm(source.dataset.confirm)) return;
  if (source.dataset.prompt) {
    const input = window.prompt(source.dataset.prompt, source.dataset.current);
    if (input === null) return;
    values = { ...values, input };
  }
  const panel = source.closest(".filter-panel") ? { panel: "yes" } : {};
  trigger(source.dataset.do, { ...source.dataset, ...values, ...panel });
}
element.addEventListener("click", (event) => {
  const source = event.target.closest("[data-do]");
  if (source && source.tagName !== "FORM") send(source, {});
});
element.addEventListener("submit", (event) => {
  event.preventDefault();
  send(event.target, Object.fromEntries(new FormData(event.target)));
});
