// What htmx leaves to say: whether the page is connected.
"use strict";
document.addEventListener("htmx:sseError", () => { document.getElementById("line").hidden = false; });
document.addEventListener("htmx:sseOpen", () => { document.getElementById("line").hidden = true; });
