// The room Today without Python: its addresses, the selection of papers; the find box and the choice of colours.
(() => {
  "use strict";
  const FIELDS = ["day", "span", "order", "topic", "author", "organization", "code"];
  const picked = new Map(); // ids of papers and their titles
  let shown = "";
  let show = () => {};
  let wanted = null, tries = 0; // the address that was asked for last, until it is drawn
  let focusOn = null, opensCalendar = false;

  // The day that is shown stays in sight, also where a pane takes room from the strip.
  const resized = new ResizeObserver(([{ target }]) => {
    const shownDays = target.querySelectorAll("[aria-current]");
    const last = shownDays[shownDays.length - 1];
    target.scrollLeft = last ? last.offsetLeft - target.clientWidth / 2 : target.scrollWidth;
  });

  const isHere = () => document.body.dataset.tab === "today";
  const read = (address) => Object.fromEntries(FIELDS.map((name) => [name, address.searchParams.get(name) ?? ""]));
  const query = (address) => FIELDS.map((name) => address.searchParams.get(name) ?? "").join("\n");

  function ask(address) {
    wanted = address;
    tries = 3;
    show(read(address));
  }

  function go(address) {
    if (address.href !== location.href) history.pushState(null, "", address);
    focusOn = document.activeElement?.closest("#today [data-go]")?.getAttribute("aria-label") ?? document.activeElement?.textContent;
    opensCalendar = Boolean(document.activeElement?.closest(".month header"));
    document.querySelector(".day-page")?.classList.add("loading");
    ask(address);
  }

  Object.assign(window.paperchat, {
    onDay(callback) { show = callback; },
    // After the room is drawn: what was focused, open or selected is so again.
    showDay(element) {
      const page = element.querySelector(".day-page");
      if (!page) return;
      if (page.matches(".welcome")) window.paperchat.begun("#day-feed");
      const drawn = query(new URL(page.dataset.address ?? "", location.origin));
      if (shown && drawn !== shown && isHere()) window.scrollTo({ top: 0 });
      shown = drawn;
      if (wanted && query(wanted) === drawn) wanted = null;
      else if (wanted && tries-- > 0) show(read(wanted)); // several were asked for at once, and come in any order
      const strip = element.querySelector(".days");
      resized.disconnect();
      if (strip) resized.observe(strip);
      const calendar = element.querySelector(".calendar");
      if (calendar) calendar.open = opensCalendar;
      opensCalendar = false;
      if (focusOn && isHere()) {
        const again = [...element.querySelectorAll("[data-go]")].find((one) => (one.getAttribute("aria-label") ?? one.textContent) === focusOn);
        (again?.checkVisibility() ? again : element.querySelector("h1"))?.focus({ preventScroll: true });
      }
      focusOn = null;
      showSelection();
    },
    showSelection,
    showTheme() {
      colour();
      new MutationObserver(colour).observe(document.body, { attributeFilter: ["class"] });
    },
  });

  function showSelection() {
    for (const box of document.querySelectorAll("[data-pick]")) {
      box.checked = picked.has(box.dataset.pick);
      box.closest(".tile").classList.toggle("picked", box.checked);
    }
    const composer = document.getElementById("day-composer");
    const bar = composer?.querySelector(".selection");
    if (!bar) return;
    const ids = [...picked.keys()].join(" ");
    const papers = picked.size === 1 ? "1 paper" : `${picked.size} papers`;
    bar.hidden = !picked.size;
    bar.querySelector("[data-count]").textContent = `${picked.size} selected`;
    for (const button of bar.querySelectorAll("[data-action]")) {
      const { least, most } = button.dataset;
      button.dataset.papers = ids;
      button.disabled = picked.size < Number(least) || picked.size > Number(most);
      button.title = picked.size > Number(most) ? `At most ${most} papers` : picked.size < Number(least) ? `At least ${least} papers` : "";
    }
    composer.querySelector("form").dataset.papers = ids;
    const scope = composer.querySelector("[data-scope]");
    scope.textContent = picked.size ? papers : scope.dataset.scope;
  }

  function unpick() {
    picked.clear();
    showSelection();
  }

  // The colours that were chosen here, else those of the system, which Gradio sets.
  function colour() {
    let chosen = null;
    try { chosen = localStorage.getItem("paperchat-colours"); } catch { /* storage may be forbidden */ }
    if (chosen) document.body.classList.toggle("dark", chosen === "dark");
    document.getElementById("switch-theme")?.setAttribute("aria-pressed", String(document.body.classList.contains("dark")));
  }

  function switchColours() {
    const dark = !document.body.classList.contains("dark");
    try { localStorage.setItem("paperchat-colours", dark ? "dark" : "light"); } catch { /* for this page only */ }
    document.body.classList.toggle("dark", dark);
    colour();
  }

  // Fills a field of Gradio's, as if it had been typed.
  function type(field, text) {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function choose(mark) {
    for (const other of document.querySelectorAll('.mark[aria-current]')) other.removeAttribute("aria-current");
    mark.setAttribute("aria-current", "true");
  }

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const link = event.target.closest("a[data-go]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      go(new URL(link.href));
    }
    const mark = event.target.closest('.mark[data-do="cite"]');
    if (mark) choose(mark);
    if (event.target.closest("[data-unpick]")) unpick();
    if (event.target.closest("#switch-theme")) switchColours();
    if (event.target.closest("[data-add]")) {
      setTimeout(() => {
        const upload = document.querySelector("#upload > button");
        if (upload && !document.querySelector("#upload input[type=file]")?.checkVisibility()) upload.click();
        upload?.scrollIntoView({ block: "nearest" });
      }, 100);
    }
    if (event.target.closest('#day-composer [data-do="ask_papers"][data-action]')) leave();
    for (const opened of document.querySelectorAll("#today details[open]")) {
      if (!opened.contains(event.target)) opened.open = false;
    }
  });

  // The answer comes in the room Ask.
  function leave() {
    setTimeout(() => { unpick(); window.paperchat.enter("ask"); }, 0);
  }

  document.addEventListener("change", (event) => {
    const box = event.target.closest?.("[data-pick]");
    if (!box) return;
    if (box.checked) picked.set(box.dataset.pick, box.getAttribute("aria-label"));
    else picked.delete(box.dataset.pick);
    showSelection();
  });

  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-go-form]")) {
      event.preventDefault();
      const address = new URL(document.querySelector(".day-page").dataset.address, location.origin);
      for (const [name, value] of new FormData(event.target)) {
        if (value.trim()) address.searchParams.set(name, value.trim());
        else address.searchParams.delete(name);
      }
      go(address);
    } else if (event.target.matches("#day-composer form")) {
      const field = event.target.querySelector("textarea");
      if (!field.value.trim()) event.stopImmediatePropagation();
      else setTimeout(() => { field.value = ""; }, 0);
      event.preventDefault();
      if (field.value.trim()) leave();
    } else if (event.target.matches("#find")) {
      event.preventDefault();
      const field = document.querySelector("#query :is(textarea, input)");
      window.paperchat.enter("papers");
      if (field) { type(field, event.target.elements.find.value); setTimeout(() => field.focus(), 50); }
    }
  }, true);

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches?.("#day-composer textarea")) {
      event.preventDefault();
      event.target.form.requestSubmit();
    } else if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      document.querySelector("#find input")?.focus();
    } else if (event.key === "Escape") {
      for (const opened of document.querySelectorAll("#today details[open]")) {
        opened.open = false;
        opened.querySelector("summary").focus();
        event.stopPropagation();
      }
    }
  }, true);

  document.addEventListener("input", (event) => {
    if (!event.target.matches?.("#day-composer textarea")) return;
    event.target.style.height = "auto";
    event.target.style.height = `${Math.min(event.target.scrollHeight, 168)}px`;
  });

  window.addEventListener("popstate", () => {
    const address = new URL(location.href);
    if (isHere() && shown && query(address) !== (wanted ? query(wanted) : shown)) ask(address);
  });
})();
