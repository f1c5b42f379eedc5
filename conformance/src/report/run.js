"use strict";
(() => {
  const form = document.getElementById("filter");
  const word = document.getElementById("word"), kind = document.getElementById("kind"), shown = document.getElementById("shown");
  const rows = [...document.querySelectorAll("#by-file tbody tr")], traces = [...document.querySelectorAll("details.trace")];
  const text = new Map([...rows, ...traces].map((e) => [e, (e.matches("tr") ? e : e.querySelector("summary")).textContent.toLowerCase()]));
  const filter = () => {
    const wanted = word.value.trim().toLowerCase(), of = kind.value;
    const fits = (e) => (of === "" || e.dataset.k === of) && text.get(e).includes(wanted);
    for (const e of text.keys()) e.hidden = !fits(e);
    const count = (all) => all.filter((e) => !e.hidden).length;
    shown.textContent = `${count(rows)} of ${rows.length} files, ${count(traces)} of ${traces.length} traces below`;
  };
  // a link to something inside of what is closed opens it
  const open = () => {
    const at = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (at && at.matches("details")) { at.hidden = false; at.open = true; at.scrollIntoView(); at.querySelector("summary").focus(); }
  };
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", open);
  filter();
  open();
})();
