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
    const now = document.getElementById("now");
    if (now) {
      const panel = now.querySelector("[data-title]");
      document.title = `${panel ? panel.dataset.title : "Now"} · Safelight`;
    }
  }

  // What a link or button is, whenever its part is drawn anew.
  function nameOf(each) {
    return [each.localName, each.id, each.getAttribute("href"), each.getAttribute("aria-label"), each.textContent].join("|");
  }
  const REACHED = "a[href], button, input, select, summary, [tabindex]";
  let focused = "";

  // A part that came as it was is not drawn again: what has the focus or is open stays as it is.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const target = event.detail.target, text = event.detail.xhr.responseText;
    if (event.detail.xhr.status >= 400) { location.reload(); return; }
    if (last.get(target) === text) { event.detail.shouldSwap = false; return; }
    last.set(target, text);
    focused = target.contains(document.activeElement) ? nameOf(document.activeElement) : "";
    target.dataset.open = Array.from(target.querySelectorAll("details[open][id]"), (each) => each.id).join(" ");
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    for (const id of (event.detail.target.dataset.open || "").split(" ").filter(Boolean)) {
      const each = document.getElementById(id);
      if (each) { each.open = true; }
    }
    keepFocus(event.detail.target);
    listen();
  });
  // Who goes by keys stays where they were: at the same link, or at its part where the link is gone.
  function keepFocus(part) {
    if (!focused || part.contains(document.activeElement)) { return; }
    const same = Array.from(part.querySelectorAll(REACHED)).find((each) => nameOf(each) === focused);
    if (!same) { part.tabIndex = -1; }
    (same || part).focus({ preventScroll: true });
  }

  // Without a connection nobody looks at the card: a SAFE is taken back until somebody does again.
  function disconnected() {
    document.getElementById("line").hidden = false;
    for (const panel of document.querySelectorAll(".card-panel.good")) {
      panel.classList.replace("good", "wait");
      const title = panel.querySelector(".verdict");
      title.className = "verdict wait";
      title.textContent = "… NOT CONNECTED";
      for (const each of panel.querySelectorAll(".claim, .closing, .places")) { each.remove(); }
      panel.dataset.told = "Not connected.";
      panel.dataset.title = "… NOT CONNECTED";
      last.delete(panel.closest("[hx-get]"));
    }
    listen();
  }
  document.addEventListener("htmx:sseError", disconnected);
  document.addEventListener("htmx:sseOpen", (event) => {
    if (!document.getElementById("line").hidden) {
      document.getElementById("line").hidden = true;
      for (const part of document.querySelectorAll("[hx-trigger^='sse:']")) {
        htmx.trigger(part, part.getAttribute("hx-trigger"));
      }
    }
    event.detail.source.addEventListener("refresh", () => location.reload());
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) { location.reload(); } });
  document.addEventListener("DOMContentLoaded", () => {
    listen();
    if (document.querySelector("[data-again]")) { setTimeout(() => location.reload(), 10000); }
  });
})();
