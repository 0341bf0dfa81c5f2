// Addresses: the hash is the room, the query is what is open in the rooms, and back and forward lead through both.
(() => {
  "use strict";
  const { tabs, openPanel } = window.paperchat;
  const PLACES = {
    conversation: (id) => send("#conversations", { do: "resume", id }),
    collection: (id) => send("#reading-room", { do: "open", id }),
    survey: (id) => send("#survey-result", { do: "open", id }),
    claim: (id) => send("#claim-result", { do: "open", id }),
    paper: (id) => { send("#source", { do: "paper", paper: id }); openPanel(Boolean(id)); },
  };
  const named = (name) => new URL(location.href).searchParams.get(name) ?? "";
  const shown = {};
  // What the server is asked to show by an address; its answer is no step of the history.
  const restoring = new Set(["conversation", "collection", "survey", "claim"]);

  function send(component, values) {
    const button = document.createElement("button");
    Object.assign(button.dataset, values);
    button.hidden = true;
    document.querySelector(`${component} .html-container > *`).append(button);
    button.click();
    button.remove();
  }

  // Gradio's components come one after the other.
  function whenThere(selector, use) {
    const found = document.querySelector(selector);
    if (found) use(found);
    else setTimeout(() => whenThere(selector, use), 50);
  }

  function show(name, id, replaces = false) {
    const isRestored = restoring.delete(name);
    shown[name] = id;
    if (named(name) === id) return;
    const address = new URL(location.href);
    if (id) address.searchParams.set(name, id);
    else address.searchParams.delete(name);
    history[isRestored || replaces ? "replaceState" : "pushState"](null, "", address);
  }

  // Each room is found where it was left.
  const scrolled = {};

  function showRoom() {
    const room = location.hash.slice(1);
    const tab = Object.hasOwn(tabs, room) ? room : named("conversation") ? "ask" : "today";
    const left = document.body.dataset.tab;
    if (left && left !== tab) {
      openPanel(false);
      scrolled[left] = window.scrollY;
    }
    document.body.dataset.tab = tab;
    if (left && left !== tab) window.scrollTo({ top: scrolled[tab] ?? 0, behavior: "instant" });
    window.paperchat.checkFreshness();
    window.paperchat.countSources();
    for (const link of document.querySelectorAll("#top nav a")) {
      if (link.hash === `#${tab}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  function enter(room) {
    const address = new URL(location.href);
    address.hash = room;
    if (address.href !== location.href) history.pushState(null, "", address);
    else if (shown[room]) { show(room, ""); PLACES[room](""); } // once more into the room of a report: its beginning
    showRoom();
  }

  function restore() {
    showRoom();
    for (const [name, open] of Object.entries(PLACES)) {
      if ((shown[name] ?? "") === named(name)) continue;
      shown[name] = named(name);
      restoring.add(name);
      open(named(name));
    }
  }

  window.addEventListener("popstate", restore);
  window.addEventListener("hashchange", restore);
  // The page's base address would make a link to a room one to another page.
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest('a[href^="#"]');
    if (link) event.preventDefault();
    const room = link?.getAttribute("href").slice(1);
    if (link && !link.dataset.do && Object.hasOwn(tabs, room)) enter(room);
    const source = event.target.closest('[data-do="paper"], [data-do="cite"]');
    if (source) show("paper", source.dataset.do === "paper" ? source.dataset.paper : "");
    if (event.target.closest("#close-source")) show("paper", "");
  });

  Object.assign(window.paperchat, {
    enter,
    send,
    show,
    begin() {
      showRoom();
      shown.paper = named("paper");
      shown.collection = named("collection");
      if (shown.paper) openPanel(true);
      whenThere("#question textarea", window.paperchat.restoreQuestion);
      whenThere("#panel", window.paperchat.beginPane);
      whenThere("#panel", window.paperchat.beginSheet);
      for (const [region, label] of [["#panel", "Source"], ["#sidebar", "Conversations"]]) {
        whenThere(region, (scrolled) => { // to be reached by keyboard
          scrolled.setAttribute("tabindex", "0");
          scrolled.setAttribute("role", "region");
          scrolled.setAttribute("aria-label", label);
        });
      }
    },
    kept(result) {
      const report = result.querySelector("article[data-report]");
      if (!report?.classList.contains("working")) show(result.closest(".job-tab").id, report?.dataset.report ?? "");
    },
  });
})();
