// Follows a sync under way: puts its figures into the page, and loads the page again at its end.

const EVERY = 1000;

const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

async function ask(address) {
  const answer = await fetch(address, { redirect: "manual" });
  // A redirect leads to the sign-in page, and an error to one that says what is the matter.
  return answer.ok ? answer.json() : { under_way: false };
}

async function follow(panel) {
  for (;;) {
    await wait(EVERY);
    let progress;
    try {
      progress = await ask(panel.dataset.progress);
    } catch {
      // The server is away for a moment; the figures stay as they are until it is back.
      await wait(4 * EVERY);
      continue;
    }
    if (!progress.under_way) return location.reload();
    const bar = panel.querySelector("progress");
    if (bar && Number.isInteger(progress.percent)) {
      bar.value = progress.percent;
      progress.figures.percent = String(progress.percent);
    }
    for (const [name, figure] of Object.entries(progress.figures)) {
      const place = panel.querySelector(`[data-figure="${CSS.escape(name)}"]`);
      if (place && place.textContent !== figure) place.textContent = figure;
    }
  }
}

for (const panel of document.querySelectorAll("[data-progress]")) follow(panel);

// The next search of the help desk takes the place of the one that was answered.
document.querySelector("#who[autofocus]")?.select();

// Warns whoever leaves a page with something typed that was not sent.
for (const form of document.querySelectorAll("form[data-unsaved]")) {
  let changed = form.dataset.unsaved === "yes";
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", () => { changed = false; });
  addEventListener("beforeunload", (leaving) => { if (changed) leaving.preventDefault(); });
}

// Puts the browser's time zone into a form that nobody typed into yet.
const zones = document.querySelector("#zones[data-fresh]");
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zones && [...zones.options].some((zone) => zone.value === here)) {
  document.querySelector("[list=zones]").value = here;
}

// Selects everybody on a page at once, and says how many are selected.
const selection = document.querySelector("form.selection");
const boxes = selection ? [...selection.querySelectorAll("tbody .box input")] : [];
if (boxes.length) {
  const page = selection.querySelector("[name=page]"), everybody = selection.querySelector("[name=scope]");
  const told = selection.querySelector("output");
  // The boxes themselves say who is meant.
  page?.removeAttribute("name");
  const tell = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    if (page) {
      page.checked = chosen === boxes.length;
      page.indeterminate = chosen > 0 && !page.checked;
    }
    if (told) told.textContent = chosen && !everybody?.checked ? told.dataset.words.replace("#", chosen) : "";
  };
  page?.addEventListener("change", () => { for (const box of boxes) box.checked = page.checked; });
  selection.addEventListener("change", tell);
  addEventListener("pageshow", tell);
}

// What is done with many people goes on piece by piece, unless somebody stops it meanwhile.
const going = document.querySelector("form[data-continue]");
if (going) wait(EVERY).then(() => going.requestSubmit());
