// The source as a sheet on a phone: dragged by its handle, or by keys and presses on it.
(() => {
  "use strict";
  const LOW = 0.58, HIGH = 0.92, CLOSED = 0.36; // shares of the window's height
  const NEAR = 6; // pixels that a finger may move in a press
  const panel = () => document.getElementById("panel");
  const handle = document.createElement("button");
  let size = LOW, hasMoved = false;

  function setSize(share) {
    size = share;
    panel().style.setProperty("--sheet", `${100 * share}dvh`);
    handle.setAttribute("aria-expanded", String(share === HIGH));
  }

  function close() {
    document.getElementById("close-source")?.click();
    window.paperchat.openPanel(false);
  }

  function settle(share) {
    if (share < CLOSED) close();
    setSize(share > (LOW + HIGH) / 2 ? HIGH : LOW);
  }

  handle.addEventListener("pointerdown", (event) => {
    const begun = event.clientY, height = panel().getBoundingClientRect().height;
    hasMoved = false;
    handle.setPointerCapture(event.pointerId);
    handle.onpointermove = (moved) => {
      hasMoved ||= Math.abs(moved.clientY - begun) > NEAR;
      if (!hasMoved) return;
      panel().classList.add("dragged");
      setSize(Math.min(Math.max((height + begun - moved.clientY) / innerHeight, 0.1), HIGH));
    };
  });
  for (const end of ["pointerup", "pointercancel"]) {
    handle.addEventListener(end, () => {
      handle.onpointermove = null;
      panel().classList.remove("dragged");
      if (hasMoved) settle(size);
    });
  }
  handle.addEventListener("click", () => {
    if (!hasMoved) setSize(size === HIGH ? LOW : HIGH);
    hasMoved = false;
  });
  handle.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    if (event.key === "ArrowUp") setSize(HIGH);
    else if (size === HIGH) setSize(LOW);
    else close();
  });

  window.paperchat.beginSheet = (pane) => {
    const attributes = { id: "sheet-handle", type: "button", "aria-label": "Large source", "aria-controls": "panel", title: "Drag, or press for a large source" };
    for (const [name, value] of Object.entries(attributes)) handle.setAttribute(name, value);
    pane.prepend(handle);
    setSize(LOW);
  };
})();
