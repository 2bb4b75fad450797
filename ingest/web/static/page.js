// What htmx leaves to say: what changed for ears, whether the page is connected, and that what is equal stays.
"use strict";
(function () {
  const last = new WeakMap();

  function tell(id, text) {
    const place = document.getElementById(id);
    if (place && place.textContent !== text) { place.textContent = text; }
  }

  // One line for a screen reader; an alarm for DO NOT FORMAT and for what needs a person, and for nothing else.
  function listen() {
    const said = Array.from(document.querySelectorAll("[data-told]"), (each) => each.dataset.told);
    const alarms = Array.from(document.querySelectorAll("[data-alarm]"), (each) => each.dataset.alarm);
    tell("told", said.join(" "));
    tell("alarm", alarms.join(" "));
  }

  // A part that came as it was is not drawn again: what has the focus or is open stays as it is.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const target = event.detail.target, text = event.detail.xhr.responseText;
    if (event.detail.xhr.status >= 400) { location.reload(); return; }
    if (last.get(target) === text) { event.detail.shouldSwap = false; return; }
    last.set(target, text);
    target.dataset.open = Array.from(target.querySelectorAll("details[open][id]"), (each) => each.id).join(" ");
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    for (const id of (event.detail.target.dataset.open || "").split(" ").filter(Boolean)) {
      const each = document.getElementById(id);
      if (each) { each.open = true; }
    }
    listen();
  });
  // Without a connection nobody looks at the card: a SAFE is not shown any more (base.css).
  function connected(is) {
    document.getElementById("line").hidden = is;
    document.body.classList.toggle("stale", !is);
  }
  document.addEventListener("htmx:sseError", () => connected(false));
  document.addEventListener("htmx:sseOpen", (event) => {
    connected(true);
    event.detail.source.addEventListener("refresh", () => location.reload());
  });
  document.addEventListener("DOMContentLoaded", () => {
    listen();
    if (document.querySelector("[data-again]")) { setTimeout(() => location.reload(), 10000); }
  });
})();
