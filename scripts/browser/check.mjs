// Pages in a real browser. For each of them, in light and dark, on a desktop and on a small screen:
//
// - nothing is written to the console as an error, and nothing but the file is asked for;
// - the page does not have to be moved sideways on a screen of 360 pixels;
// - axe finds nothing, with everything opened;
// - the tab key reaches the link to the text first, and then goes through the page in its order, with a visible focus.
//
// A page of a run is filtered, and links into what is closed open it. Without its script the page shows all the same.
//
//   node check.mjs BROWSER SHOTS PAGE...
import { createRequire } from "node:module";
import { mkdirSync } from "node:fs";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(process.env.NODE_PATH + "/");
const { chromium } = require("playwright-core");
const AXE = require.resolve("axe-core/axe.min.js");

const [executablePath, shots, ...pages] = process.argv.slice(2);
mkdirSync(shots, { recursive: true });

// A page of more elements than these stays as it opens.
const MOST_OPENED = 30_000;
const SCREENS = { desktop: { width: 1280, height: 900 }, small: { width: 360, height: 740 } };
const wrong = [];

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
for (const file of pages) {
  for (const scheme of ["light", "dark"]) {
    for (const [screen, viewport] of Object.entries(SCREENS)) {
      await visit(file, scheme, screen, viewport);
    }
  }
  await withoutScript(file);
}
await browser.close();
for (const line of wrong) console.error(line);
console.log(`${pages.length} pages: ${wrong.length} things are wrong`);
process.exit(wrong.length === 0 ? 0 : 1);

async function visit(file, colorScheme, screen, viewport) {
  const name = basename(file, ".html");
  const url = pathToFileURL(file).href;
  const context = await browser.newContext({ colorScheme, viewport });
  const page = await context.newPage();
  const object = (says) => wrong.push(`${name}, ${colorScheme}, ${screen}: ${says}`);
  page.on("console", (said) => said.type() === "error" && object(`the console says: ${said.text()}`));
  page.on("pageerror", (error) => object(`the script fails: ${error.message}`));
  page.on("request", (asked) => asked.url().split("#")[0] !== url && object(`it asks for ${asked.url()}`));
  const began = performance.now();
  await page.goto(url);
  const loaded = Math.round(performance.now() - began);
  await page.screenshot({ path: `${shots}/${name}-${colorScheme}-${screen}.png` });

  if (screen === "desktop") await tabs(page, object);
  page.setDefaultTimeout(20_000);
  if (await page.$("#filter")) {
    if (await page.isVisible("#filter")) await run(page, object);
    else object("the filter is not shown");
  }
  const elements = await page.evaluate(() => document.querySelectorAll("*").length);
  if (elements < MOST_OPENED) {
    await page.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
  }
  const over = await page.evaluate(() => {
    const root = document.documentElement;
    const wide = [...document.querySelectorAll("main *")].find((e) => {
      return !e.closest(".scroll, pre, svg") && e.getBoundingClientRect().right > root.clientWidth + 1;
    });
    return root.scrollWidth > root.clientWidth ? `${root.scrollWidth} pixels wide: ${wide?.outerHTML.slice(0, 200)}` : "";
  });
  if (over) object(`it has to be moved sideways: ${over}`);
  await page.screenshot({ path: `${shots}/${name}-${colorScheme}-${screen}-open.png`, fullPage: elements < MOST_OPENED });
  await page.addScriptTag({ path: AXE });
  // what is alike a thousand times is looked at a few times
  await page.evaluate(() => {
    for (const alike of ["details.trace", "tbody tr", "dt", "dd"]) {
      document.querySelectorAll(alike).forEach((e, i) => i >= 200 && e.remove());
    }
  });
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  for (const { id, help, nodes } of found.violations) {
    object(`axe: ${id}: ${help}: ${nodes.length} times, as ${nodes[0].html.slice(0, 200)} ${nodes[0].failureSummary}`);
  }
  console.log(`${name}, ${colorScheme}, ${screen}: ${elements} elements, loaded in ${loaded} ms, ${found.passes.length} rules of axe hold`);
  await context.close();
}

// The tab key goes through what can be focused in the order of the document, and what has the focus is seen.
async function tabs(page, object) {
  const reached = [];
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const e = document.activeElement;
      if (!e || e === document.body) return null;
      const { outlineStyle, outlineWidth } = getComputedStyle(e);
      const all = [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")];
      const { width, height } = e.getBoundingClientRect();
      return {
        place: all.indexOf(e),
        says: e.outerHTML.slice(0, 80),
        seen: outlineStyle !== "none" && outlineWidth !== "0px" && width > 0 && height > 0,
      };
    });
    if (at === null) break;
    if (!at.seen) object(`the focus is not seen at ${at.says}`);
    reached.push(at);
  }
  if (!reached[0]?.says.includes('class="skip"')) object("the first thing that the tab key reaches is not the link to the text");
  const places = reached.map((at) => at.place);
  if (places.some((place, i) => i > 0 && place <= places[i - 1])) object(`the tab key goes another way: ${places}`);
  if (reached.length < 3) object(`the tab key reaches ${reached.length} things`);
  await page.evaluate(() => document.activeElement?.blur());
}

// The page of a run: what it filters, what its links open.
async function run(page, object) {
  const rows = () => page.locator("#by-file tbody tr:visible").count();
  const all = await rows();
  const bad = await page.locator("#by-file tbody tr[data-k=bad]").count();
  await page.selectOption("#kind", "bad");
  if ((await rows()) !== bad) object(`of ${bad} rows that are not as wanted ${await rows()} are shown`);
  if (!(await page.textContent("#shown")).startsWith(`${bad} of ${all} files`)) object("the filter does not say what it shows");
  await page.selectOption("#kind", "");
  await page.fill("#word", "nothing is called so");
  if ((await rows()) !== 0) object("the filter lets pass what does not fit");
  await page.fill("#word", "");
  if ((await rows()) !== all) object("the filter keeps what it let go");
  // by the keyboard: into what is closed
  const link = page.locator("#by-file a[href^='#t']").last();
  if ((await link.count()) === 0) return object("no row leads to what stood around a divergence");
  const target = page.locator(await link.getAttribute("href"));
  await page.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = false)));
  await link.focus();
  await page.keyboard.press("Enter");
  await page.waitForTimeout(50);
  if (!(await target.evaluate((d) => d.open))) object("a link into what is closed does not open it");
  // and shut again, where the focus is
  await page.keyboard.press("Enter");
  if (await target.evaluate((d) => d.open)) object("the enter key does not close it");
}

async function withoutScript(file) {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(pathToFileURL(file).href);
  if (await page.locator("#filter").isVisible()) wrong.push(`${basename(file)}: a filter that does nothing without the script`);
  const text = await page.locator("main").textContent();
  if (text.length < 500) wrong.push(`${basename(file)}: without the script it says nothing`);
  await context.close();
}
