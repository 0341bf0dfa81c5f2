// The source pane: its width, and the size of a PDF's page in it.
(() => {
  "use strict";
  const WIDTH = "paperchat.pane", STEP = 40, NARROWEST = 320, WIDEST = 0.55; // pixels, and a share of the window
  const ZOOMS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4];
  const panel = () => document.getElementById("panel");
  const edge = document.createElement("div");
  let zoom = ZOOMS.indexOf(1);

  function setWidth(width) {
    const widest = Math.round(innerWidth * WIDEST);
    const pixels = Math.round(Math.min(Math.max(width, NARROWEST), widest));
    document.documentElement.style.setProperty("--pane-width", `min(${pixels}px, ${100 * WIDEST}vw)`);
    localStorage.setItem(WIDTH, pixels);
    placeEdge();
  }

  // The edge can be moved where the pane stands beside what is read.
  function placeEdge() {
    const pane = panel();
    const box = pane?.getBoundingClientRect();
    const stands = Boolean(box?.width) && getComputedStyle(pane).position !== "fixed";
    edge.hidden = !stands;
    if (!stands) return;
    edge.style.left = `${box.left}px`;
    edge.style.top = `${Math.max(0, box.top)}px`;
    edge.setAttribute("aria-valuenow", Math.round((100 * box.width) / innerWidth));
  }

  function begin(pane) {
    const attributes = {
      id: "pane-edge", role: "separator", tabindex: 0, "aria-orientation": "vertical", "aria-label": "Width of the source",
      "aria-controls": "panel", "aria-valuemin": 0, "aria-valuemax": Math.round(100 * WIDEST), title: "Drag to resize",
    };
    for (const [name, value] of Object.entries(attributes)) edge.setAttribute(name, value);
    (document.querySelector("main") ?? document.body).append(edge); // in a landmark
    const stored = Number(localStorage.getItem(WIDTH));
    if (stored) setWidth(stored);
    new ResizeObserver(placeEdge).observe(pane);
    window.addEventListener("resize", placeEdge);
    window.addEventListener("scroll", placeEdge, { passive: true });
    placeEdge();
  }

  edge.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    edge.setPointerCapture(event.pointerId);
    edge.onpointermove = (moved) => setWidth(innerWidth - moved.clientX);
  });
  for (const end of ["pointerup", "pointercancel"]) edge.addEventListener(end, () => { edge.onpointermove = null; });
  edge.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: STEP, ArrowRight: -STEP }[event.key];
    if (!step) return;
    event.preventDefault();
    setWidth(panel().getBoundingClientRect().width + step);
  });

  const isLarge = () => document.body.classList.contains("pane-large");
  const showSpot = () => panel().querySelector(".spot")?.scrollIntoView({ block: "center", inline: "nearest" });

  function showZoom() {
    panel().style.setProperty("--zoom", ZOOMS[zoom]);
    const shown = panel().querySelector('[data-zoom="0"]');
    if (shown) shown.textContent = `${100 * ZOOMS[zoom]} %`;
  }

  function setZoom(step) {
    zoom = step ? Math.min(Math.max(zoom + step, 0), ZOOMS.length - 1) : ZOOMS.indexOf(1);
    showZoom();
    showSpot();
  }

  function showLarge(yes) {
    document.body.classList.toggle("pane-large", yes);
    const button = panel().querySelector("[data-large]");
    button?.setAttribute("aria-pressed", String(yes));
    if (button) button.textContent = yes ? "Close large" : "Open large";
    placeEdge();
  }

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const button = event.target.closest("[data-zoom]");
    if (button) setZoom(Number(button.dataset.zoom));
    if (event.target.closest("[data-large]")) {
      showLarge(!isLarge());
      showSpot();
    }
    if (event.target.closest("#close-source")) showLarge(false);
  });
  window.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !isLarge()) return;
    event.stopImmediatePropagation();
    showLarge(false);
    panel().querySelector("[data-large]")?.focus();
  }, true);

  Object.assign(window.paperchat, {
    // What is shown next is of the same size; only pages are shown large.
    keepSize(source) {
      showZoom();
      showLarge(isLarge() && Boolean(source.querySelector(".sheets")));
    },
    beginPane: begin,
  });
})();
